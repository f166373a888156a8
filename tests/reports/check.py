"""Whether the pages are well formed and their pictures have words, and the counts of the JUnit
files are those of the cases they list."""

import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Every element closed by its own end, every id there once, every picture with words."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open = []
        self.ids = []
        self.wanted = []
        self.pictures = 0

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        assert tag not in {"script", "link", "img", "iframe", "object"}, tag
        for name, value in attributes.items():
            assert not name.startswith("on"), name
            if name in {"href", "src"}:
                assert value.startswith("#"), value
                self.wanted.append(value[1:])
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if attributes.get("role") == "img":
            self.pictures += 1
            self.wanted += attributes["aria-labelledby"].split()
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open, self.getpos())
        self.open.pop()


def check_page(path):
    page = Page()
    with open(path, encoding="utf-8") as file:
        page.feed(file.read())
    page.close()
    assert not page.open, page.open
    assert len(page.ids) == len(set(page.ids)), page.ids
    missing = set(page.wanted) - set(page.ids)
    assert not missing, missing
    return f"{page.pictures} pictures"


def check_junit(path):
    root = ElementTree.parse(path).getroot()
    kinds = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}
    for suite in root.iter("testsuite"):
        for attribute, element in kinds.items():
            said, seen = int(suite.get(attribute)), len(list(suite.iter(element)))
            assert said == seen, (path, suite.get("name"), attribute, said, seen)
    for attribute in ("tests", "failures", "errors"):
        said, seen = int(root.get(attribute)), len(list(root.iter(kinds[attribute])))
        assert said == seen, (path, attribute, said, seen)
    return f"{root.get('tests')} cases, {root.get('failures')} failures, {root.get('errors')} errors"


for path in sys.argv[1:]:
    print(path, check_page(path) if path.endswith(".html") else check_junit(path), sep=": ")
