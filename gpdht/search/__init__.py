"""Search: spaces, proposals (Optuna), scheduling (Ray Tune), and studies that survive a crash."""
