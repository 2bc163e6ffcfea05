"""Importing this module sends whatever this process prints to standard error.

A process that starts workers imports it first of all. Its current folder may be anybody's, so no library reads settings
there.
"""

from plausible.registry.elsewhere import import_elsewhere
from plausible.study.workers.workers import aside

aside()
import_elsewhere()
