"""How much of what they are allowed people have used."""

from django.db import models


class RequestAllowance(models.Model):
    """What one address, user or name has used of one allowance.

    A bucket that fills at a steady rate needs one number: when it will be full again
    (the generic cell rate algorithm, ITU-T I.371). Nobody's row is nobody's address:
    the key is a hash that only this site can make.
    """

    key = models.CharField(max_length=32, primary_key=True)
    # Nanoseconds since 1970, and a whole number: sums of it are exact, as floats are
    # not, so that of 50 that are allowed the 50th is let through, and not the 51st.
    full_again_ns = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.key} until {self.full_again_ns}"
