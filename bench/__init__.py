"""Speed as ratios: each measure runs the portal's way and a bare way in turn, in one process, on PostgreSQL."""
