"""What must outlive the process: residents, messages in and out, tickets, staff; on SQLite or PostgreSQL through Django."""
