"""Whether this installation works, as `/readyz` and `manage.py doctor` ask."""
