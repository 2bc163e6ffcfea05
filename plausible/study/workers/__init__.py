"""Where runs are computed: processes of this machine, or of a cluster."""
