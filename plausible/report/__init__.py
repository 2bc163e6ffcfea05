"""What results say: tables of rows first, then the terminal, JSON and figures."""
