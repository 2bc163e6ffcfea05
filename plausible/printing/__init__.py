"""What people read: words, and tables that fit any terminal."""
