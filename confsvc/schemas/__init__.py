"""What comes in and goes out: files and payloads parsed into what the domain takes, and what it gives written down."""
