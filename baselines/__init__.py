"""The references that plausible rules are held against."""
