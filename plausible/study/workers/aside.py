"""Import this module to send to standard error whatever this process prints: what starts workers does, first of all.

The current folder of such a process may be anybody's: no library reads its settings from there.
"""

from plausible.registry.elsewhere import import_elsewhere
from plausible.study.workers.workers import aside

aside()
import_elsewhere()
