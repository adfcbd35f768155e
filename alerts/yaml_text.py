"""YAML as people write it: read strictly, a mistake told with its line."""

from typing import Any

import yaml


class BadYaml(Exception):
    """The text is not YAML that can be trusted."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        """`line 3, column 5`"""
        self.message = message


class _Loader(yaml.SafeLoader):
    """Plain values only, times kept as text, and no key twice: the second would win unseen."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Build a mapping."""
        seen: set[str] = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"`{key.value}` stands twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(":timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(content: bytes) -> object:
    """Read one YAML document.

    Raises:
        BadYaml: it is not YAML, or a mapping has a key twice.
    """
    try:
        return yaml.load(content, _Loader)  # noqa: S506 - a SafeLoader, and stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise BadYaml(where, error.problem or str(error)) from error
    except yaml.YAMLError as error:
        raise BadYaml("", f"not UTF-8 text: {error}") from error
