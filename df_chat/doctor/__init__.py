"""Live probes of an installation: what can be known only by asking the database, the channel layer and the site."""

from df_chat.doctor.diagnosis import Diagnosis, diagnose
from df_chat.doctor.findings import Finding

__all__ = ["Diagnosis", "Finding", "diagnose"]
