"""`write_template`: put a file there that one of the templates of guestfix makes of values."""

from __future__ import annotations

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateNotFound, UndefinedError
from pydantic import Field, field_validator

from guestfix.actions._whole_file import WholeFileParams, whole_file
from guestfix.data import builtin_data
from guestfix.rules.action import Outcome, Scope, Verb
from guestfix.rules.errors import ValueDoesNotFit
from guestfix.untrusted import shown


class WriteTemplateParams(WholeFileParams):
    """A file, its template and what is filled in."""

    template: str = Field(
        pattern=r"^[a-z0-9_.-]+\.j2$", description="Name of a file in `templates/`, in Jinja's language"
    )
    values: dict[str, str | tuple[str, ...]] = Field(
        default={}, description="What the template calls its values; they are escaped in XML and HTML"
    )

    @field_validator("template")
    @classmethod
    def _is_there(cls, name: str) -> str:
        try:
            _environment(name).get_template(name)
        except TemplateNotFound:
            raise ValueError(f"there is no template {name}") from None
        return name


def _environment(template: str) -> Environment:
    return Environment(
        loader=FileSystemLoader(builtin_data() / "templates"),
        autoescape=template.removesuffix(".j2").endswith((".xml", ".html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _run(params: WriteTemplateParams, scope: Scope) -> Outcome:
    try:
        content = _environment(params.template).get_template(params.template).render(params.values)
    except UndefinedError as error:
        raise ValueDoesNotFit(
            f"the template {params.template} has no word for a value: {shown(str(error))}",
            hint="look at the rule's `values` and at what the template does with them",
        ) from None
    return whole_file(params, content, scope)


ACTION = Verb("Write a file that a template makes", WriteTemplateParams, _run)
