"""What people mean: from a resident's words to the answer that fits, or to a person."""
