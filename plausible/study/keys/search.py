"""A search for the code that a run executes: statement by statement, through the names that each uses."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from plausible.registry import files, kinds, session
from plausible.registry.neighbours import neighbour as beside
from plausible.study.keys import definitions
from plausible.study.keys.definitions import DYNAMIC, IMPORTERS, Import, Module, Statement, Use, last
from plausible.study.keys.followed import (
    BY_NAME,
    LOOKUPS,
    NOT_FOLLOWED,
    initials,
    is_cut,
    is_own,
    is_suite,
    named,
)
from plausible.study.keys.live import live
from plausible.study.keys.plain import is_blind, is_plain, reads_texts
from plausible.study.keys.sources import (
    Thing,
    data_read,
    file_of,
    is_followed,
    module_in,
    package,
    shown_name,
    unchanged,
)

REACHED = {  # packages, and what is reached by the names of classes there, whether they are listed or not
    "plausible.rules": ("rule",),
    "plausible.probes": ("probe",),
    "plausible.optimise": ("optimiser",),
    "plausible.networks": ("network",),
}
PARTS = ("activation", "output", "init")  # of networks
DATA = "file"  # in front of the name of a file that a user's module reads while it is imported


@dataclass
class Search:
    """The state of a search: the code that is reached so far, and the places where it was looked for."""

    roots: frozenset[str]  # packages that are followed in any case
    # by module, the numbers of the statements that are reached, and the entries of its tables
    reached: dict[Thing, dict[int, None]] = field(default_factory=dict)
    entries: dict[Thing, dict[str, None]] = field(default_factory=dict)
    packages: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=set)
    read: dict[Path, tuple[Module, str]] = field(default_factory=dict)
    # by import, the file beside a user's file that it means
    places: dict[tuple[str, Path, int], Path | None] = field(default_factory=dict)
    modules: dict[Thing, Module | None] = field(default_factory=dict)
    named: set[tuple[Thing, str, tuple[str, ...], str | None]] = field(default_factory=set)
    # of a script, the values that its names have now, and those that cannot be told; see `live`
    values: tuple[dict[str, str], tuple[str, ...]] = ({}, ())
    script: tuple[str, ...] = ()  # the names of a run's parts in this session
    aliases: set[str] = field(default_factory=set)  # names of modules in this session, with what they mean
    named_by: set[Thing] = field(default_factory=set)  # users' modules that make rules of words
    digests: dict[str, str] = field(default_factory=dict)  # of the data that users' modules have read
    executed: set[Thing] = field(default_factory=set)  # modules whose effects are reached
    waiting: list[tuple[Thing, Statement, str]] = field(default_factory=list)

    def module(self, thing: Thing) -> Module | None:
        """The contents of a module, if it is followed; else None."""
        if thing == session.MAIN and thing not in self.modules:
            self.modules[thing] = Module(session.source(), session.MAIN)
        if thing not in self.modules:
            file = file_of(thing) if isinstance(thing, Path) or is_followed(thing, self.roots) else None
            self.modules[thing] = parsed = None if file is None else module_in(file, named(thing))
            if file is not None and parsed is not None:
                self.read[file] = parsed, named(thing)
        return self.modules[thing]

    def follow(self) -> None:
        """Follow the statements that are waiting, until none is left."""
        while self.waiting:
            thing, statement, without = self.waiting.pop()
            module = self.module(thing)
            assert module is not None
            for use in statement.uses:
                if use.chain != (without,):
                    self.use(thing, module, statement, use)
            for each in statement.modules:
                self.execute(thing, each)

    def kin(self) -> bool:
        """Reach subclasses of classes that run code for each, `__init_subclass__` say. Returns whether any is new."""
        before = sum(map(len, self.reached.values()))
        hearing = {
            statement.node.name
            for thing, numbers in self.reached.items()
            for statement in (self.statements(thing)[n] for n in numbers)
            if isinstance(statement.node, ast.ClassDef) and definitions.hears_of_kin(statement.node)
        }
        for thing in [*self.executed] if hearing else []:
            module = self.module(thing)
            for number, statement in enumerate(self.statements(thing)):
                node = statement.node
                if (
                    module
                    and isinstance(node, ast.ClassDef)
                    and hearing & {last(base) for base in node.bases}
                ):
                    hearing.add(node.name)
                    self.statement(thing, module, number)
        return sum(map(len, self.reached.values())) > before

    def meant(self) -> bool:
        """Reach what users' modules may make from the words in them. Returns whether any is new.

        Any of them may make a network; rules and tasks those that use the module that makes them.
        """
        before = sum(map(len, self.reached.values()))
        others = [thing for thing in self.reached if not is_suite(thing)]
        for things, of in ((self.named_by, ("rule", "task", "optimiser")), (others, PARTS)):
            words = {
                re.split(r"[\[(]", word)[0]
                for thing in things
                for n in self.reached.get(thing, {})
                for word in self.statements(thing)[n].words
            }
            for kind in of:
                for name, point in kinds.registered(kind).items():
                    if not words.isdisjoint((name, initials(name))):
                        self.name(point.module, point.attr.partition(".")[0])
        return sum(map(len, self.reached.values())) > before

    def statements(self, thing: Thing) -> list[Statement]:
        """The statements of a module that is followed."""
        module = self.module(thing)
        return [] if module is None else module.statements

    def use(self, thing: Thing, module: Module, statement: Statement, use: Use) -> None:
        """Follow a name that a statement of a module uses."""
        name, *attributes = use.chain
        bound = statement.local.get(name, ())
        for each in bound:
            self.imported(thing, each, attributes, use.word)
        if name in DYNAMIC or use.chain[:2] == ("sys", "modules"):
            self.whole(thing)
        elif use.chain[-1] in IMPORTERS:
            if use.word is None:
                self.whole(thing)
            else:
                self.imported(thing, Import(use.word), [], None)
        elif name in module.bindings:  # also where a function's own import hides it, as another one may not
            self.name(thing, name, attributes, None if attributes else use.word)
        elif name in module.imports:
            for each in module.imports[name]:
                if thing == session.MAIN:  # where another cell may give the name to another module
                    self.aliases.add(f"{name} {each}")
                self.imported(thing, each, attributes, use.word)
        elif not bound:
            for star in module.stars:
                self.imported(thing, star, [], None)

    def name(self, thing: Thing, name: str, attributes: Iterable[str] = (), word: str | None = None) -> None:
        """Follow a name of a module."""
        if (is_cut(thing) and thing != "plausible") or f"{thing}:{name}" in NOT_FOLLOWED:
            return
        module = self.module(thing)
        asked = (thing, name, tuple(attributes), word)
        if module is None or asked in self.named:
            return
        self.named.add(asked)
        if thing != "plausible":  # which is cut, but for the names that lead elsewhere
            self.effects(thing, module)
        table = LOOKUPS.get((str(thing), name))
        if table is not None and word is not None and word in module.entries:
            self.entry(thing, module, name, table, word)
            return
        known = name in module.bindings or name in module.imports
        for number in module.bindings.get(name, ()) if thing != "plausible" else ():
            self.statement(thing, module, number)
        for each in module.imports.get(name, () if known else module.lazy.get(name, ())):
            self.imported(thing, each, list(attributes), word)
        if not known and name not in module.lazy and not self.registered(thing, name):
            self.whole(thing)

    def registered(self, thing: Thing, name: str) -> bool:
        """Follow a class that is registered and reached by a package of ours. Returns whether there is one."""
        points = [point for kind in REACHED.get(str(thing), ()) for point in kinds.registered(kind).values()]
        for point in points:
            if point.attr == name:
                self.imported(thing, Import(point.module, name), [], None)
        return any(point.attr == name for point in points)

    def statement(self, thing: Thing, module: Module, number: int) -> None:
        """Reach a statement of a module."""
        if number not in self.reached.setdefault(thing, {}):
            self.reached[thing][number] = None
            self.waiting.append((thing, module.statements[number], ""))

    def entry(self, thing: Thing, module: Module, name: str, table: str, word: str) -> None:
        """Reach one entry of a table, and the function that looks it up, without the other entries."""
        reached = self.entries.setdefault(thing, {})
        if name not in reached:
            reached[name] = None
            self.waiting += [(thing, module.statements[n], table) for n in module.bindings.get(name, ())]
        if f"{table} {word}" not in reached:
            reached[f"{table} {word}"] = None
            self.waiting.append((thing, module.entries[word], ""))

    def whole(self, thing: Thing) -> None:
        """Reach all of a module."""
        module = None if is_cut(thing) else self.module(thing)
        if module is not None:
            self.effects(thing, module)
            for number in range(len(module.statements)):
                self.statement(thing, module, number)
            for each in module.stars:
                self.imported(thing, each, [], None)
            if is_own(thing):
                self.all_imports(thing, module)

    def all_imports(self, thing: Thing, module: Module) -> None:
        """Follow what a module imports, in any branch and any function; of the suite the names that are used."""
        inner = (each for statement in module.statements for each in statement.modules)
        for each in dict.fromkeys([*module.modules, *inner]):
            it = each._replace(name="") if each.name == "*" else each
            if it.level or not is_suite(it.module):
                self.imported(thing, it, [], None)

    def blind(self) -> bool:
        """Reach all of the users' modules, if one uses what it does not name. Returns whether any is new."""
        before = sum(map(len, self.reached.values()))
        own = [thing for thing in self.executed if is_own(thing)]
        if any(is_blind(module) for thing in own if (module := self.module(thing))):
            for thing in own:
                self.whole(thing)
        return sum(map(len, self.reached.values())) > before

    def effects(self, thing: Thing, module: Module) -> None:
        """Reach the statements that are executed with a module, and those of the modules that it imports."""
        if thing in self.executed:
            return
        self.executed.add(thing)
        if isinstance(thing, str):
            top, *rest = thing.split(".")
            for n in range(len(rest)):
                self.execute(thing, Import(".".join([top, *rest[:n]])))
        for number in module.effects:
            self.statement(thing, module, number)
        for each in module.modules:
            self.execute(thing, each)
        if is_own(thing) and not is_plain(module):
            self.whole(thing)

    def execute(self, thing: Thing, each: Import) -> None:
        """Reach the effects of an import: those of the packages that lead to a module, and of the module."""
        parts = [part for part in (*each.module.split("."), each.name) if part]
        for n in range(1, len(parts) + 1):
            where = self.where(thing, ".".join(parts[:n]), each.level)
            if where is not None and not is_cut(where) and (module := self.module(where)) is not None:
                self.effects(where, module)

    def imported(self, thing: Thing, it: Import, attributes: list[str], word: str | None) -> None:
        """Follow the name that an import in a module has bound, and the attributes that are used of it."""
        rest = [it.name, *attributes] if it.name else attributes
        where = self.where(thing, it.module, it.level)
        name = it.module
        while True:
            module = None if where is None else self.module(where)
            step = rest[0] if rest else ""
            if module is None and step and isinstance(where, str) and file_of(where) is None:
                deeper = f"{where}.{step}"  # a package without `__init__.py` has no module itself
                if self.module(deeper) is not None:
                    where, name, rest = deeper, deeper, rest[1:]
                    continue
            if where is None or module is None:
                library = package(where or name)
                (self.packages if is_suite(thing) else self.users).add(library)
                return
            if where == BY_NAME and not is_suite(thing):
                self.named_by.add(thing)
            if not step:
                self.whole(where)
                return
            inside = self.inside(where, thing, f"{name}.{step}".strip("."), it.level, module, step)
            if inside is None:
                self.name(where, step, rest[1:], word if len(rest) == 1 else None)
                return
            where, name, rest = inside, f"{name}.{step}".strip("."), rest[1:]

    def inside(
        self, where: Thing, thing: Thing, name: str, level: int, module: Module, step: str
    ) -> Thing | None:
        """The module called `step` in a package; None if the package binds that name to something else."""
        own = module.imports.get(step, ())
        itself = all(it.name == step and self.where(where, it.module, it.level) == where for it in own)
        if not module.is_package or step in module.bindings or not itself:
            return None
        place = self.where(thing, name, level)
        return place if place != where and place is not None and self.module(place) is not None else None

    def where(self, thing: Thing, name: str, level: int) -> Thing | None:
        """The module that a name stands for in an import of the module `thing`: a file beside it, or a name."""
        file = thing if isinstance(thing, Path) else files.USER_FILES.get(thing)
        if file is not None:
            asked = name, file, level
            if asked not in self.places:
                self.places[asked] = beside(*asked)
            return self.places[asked] or (name if not level and name else None)
        if level:
            module = self.module(thing)
            parts = str(thing).split(".")
            base = parts[: len(parts) - level + bool(module and module.is_package)]
            return ".".join([*base, name] if name else base) or None
        return name or None

    def code(self) -> Iterator[tuple[str, str]]:
        """The modules in which code is reached, each with the digest of that code."""
        own = [module for thing in self.executed if is_own(thing) and (module := self.module(thing))]
        texts = any(map(reads_texts, own))
        for thing in self.reached.keys() | self.entries.keys():
            module = self.module(thing)
            assert module is not None
            digests = [module.statements[n].digest for n in sorted(self.reached.get(thing, {}))]
            for entry in sorted(self.entries.get(thing, {})):
                name, _, word = entry.partition(" ")
                numbers = () if word else module.bindings[name]
                digests += (
                    [module.entries[word].digest] if word else [module.statements[n].digest for n in numbers]
                )
            if thing == session.MAIN:
                digests += [
                    *sorted(self.aliases),
                    *(f"{name} {value}" for name, value in self.values[0].items()),
                ]
            if texts and is_own(thing):
                digests.append(hashlib.sha256(module.text.encode()).hexdigest())
            if digests:
                yield shown_name(thing), hashlib.sha256(" ".join(digests).encode()).hexdigest()
        yield from ((f"{DATA} {Path(file).name}", digest) for file, digest in data_read(self.modules).items())

    def untold(self) -> Iterator[str]:
        """The names in this session that are reached and whose values cannot be told from others, each with why."""
        for n in sorted(self.reached.get(session.MAIN, {})):
            value = getattr(self.statements(session.MAIN)[n].node, "value", None)
            if isinstance(value, ast.Call) and definitions.chain_of(value.func) == (session.UNTOLD,):
                yield str(definitions.first_word(value))
        yield from self.values[1]

    def live(self) -> tuple[dict[str, str], tuple[str, ...]]:
        """Of a script, the values of names that a run uses; of a notebook, whose code holds them, none."""
        main = self.modules.get(session.MAIN)
        return live(main, self.script) if main is not None and is_own(session.MAIN) else ({}, ())

    def still_holds(self) -> bool:
        """Whether the files that were read, those beside a user's files, and a notebook's cells are unchanged."""
        cells = self.modules.get(session.MAIN)
        return (
            (cells is None or cells.text == session.source())
            and self.live() == self.values
            and all(unchanged(*known) for known in self.known)
            and data_read(self.modules) == self.digests
            and all(beside(*asked) == place for asked, place in self.places.items())
        )

    @cached_property
    def known(self) -> list[tuple[Path, str, Module, str]]:
        """The files that were read: each with its path as text, its contents, and the name of its module."""
        return [(file, str(file), *held) for file, held in self.read.items()]
