"""What is true: sources, facts and answers, in YAML, checked and rendered."""
