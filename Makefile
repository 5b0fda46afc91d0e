# One door for developers; CI calls the same ones.
