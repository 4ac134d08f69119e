"""The alphabets of the LPRNet family, in class order, as the library and `lprnet profiles` know them."""

import json
from pathlib import Path
from typing import Any, Dict, List, Tuple

PROFILES_JSON = Path(__file__).resolve().parents[3] / "src" / "import" / "profiles.json"


def published(key: str) -> List[Dict[str, Any]]:
    """The entries of profiles.json under `key`, `alphabets` or `profiles`."""
    entries: List[Dict[str, Any]] = json.loads(PROFILES_JSON.read_text(encoding="utf-8"))[key]
    return entries


# Name: tokens, blank.
KNOWN: Dict[str, Tuple[List[str], int]] = {
    entry["name"]: (list(entry["characters"]), entry["blank"]) for entry in published("alphabets")
}
