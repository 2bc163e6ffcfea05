"""Import this module to send to standard error whatever this process prints: what starts workers does, first of all."""

from plausible.study.workers import aside

aside()
