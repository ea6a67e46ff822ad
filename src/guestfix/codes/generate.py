"""The files of `docs/` that are made from the source: `python -m guestfix.codes.generate FOLDER` writes them."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path

from guestfix.assessment import Preflight
from guestfix.codes.model import catalogue
from guestfix.codes.of_rules import of_rules
from guestfix.codes.of_source import of_source
from guestfix.codes.page import markdown
from guestfix.operations import Knowledge


def generated() -> Mapping[str, str]:
    """Return the text of every generated file by its path below `docs/`."""
    rules = Knowledge.load().rules
    schema = json.dumps(Preflight.model_json_schema(mode="serialization"), indent=1) + "\n"
    return {
        "findings.md": markdown(catalogue((*of_rules(rules), *of_source()))),
        f"schemas/preflight-{Preflight.model_fields['schema_version'].default}.json": schema,
    }


def main() -> None:
    """Write the files below the folder that is named."""
    for name, text in generated().items():
        path = Path(sys.argv[1]) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
