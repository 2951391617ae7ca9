# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from binder_lite.errors import BadSettings
from binder_lite.hub.settings import (
    KINDS,
    GalleryEntry,
    Login,
    Page,
    ServerSettings,
    in_force,
    read_server_settings,
    serve_file,
)
from binder_lite.hub.settings_checks import _NEEDED, _TAKEN
from binder_lite.hub.settings_tables import settable, values_of

REFERENCE = Path(__file__).parents[3] / "docs" / "reference" / "serve-settings.md"
GITHUB = '[login]\nkind = "github"\nclient_id = "id"\nclient_secret = "hush"\n'


def serve_toml(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "serve.toml"
    file.write_text(text)
    file.chmod(0o600)
    return file


def read(tmp_path: Path, text: str, **variables: str) -> ServerSettings:
    return read_server_settings(serve_toml(tmp_path, text), variables)


def test_without_a_file_it_serves_this_machine_to_temporary_people() -> None:
    assert serve_file({}) is None
    settings = read_server_settings(variables={})
    assert settings == ServerSettings(data=settings.data, cache=settings.cache)
    assert (settings.host, settings.port, settings.login.kind) == ("127.0.0.1", 8000, "temporary")
    assert settings.is_local and settings.address == "http://127.0.0.1:8000/"


def test_a_session_has_an_origin_of_its_own_where_the_settings_name_a_domain(
    tmp_path: Path,
) -> None:
    shared = 'public_url = "https://nb.example.org:8443"\n[login]\npublic_demo = true\n'
    assert read(tmp_path, shared).session_origin("abc") == ""
    own = read(tmp_path, f'session_host = "*.use.example.net"\n{shared}')
    assert own.session_origin("abc") == "https://abc.use.example.net:8443"


@pytest.mark.parametrize("text", ["nb.example.org", "*nb.example.org", "*.", "*.Example.org", "*"])
def test_a_session_host_is_a_star_and_a_domain(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSettings, match="session_host"):
        read(tmp_path, f'public_url = "http://localhost"\nsession_host = "{text}"\n')


def test_a_session_host_needs_the_servers_public_address(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="public_url is not"):
        read(tmp_path, 'session_host = "*.example.org"\n')


def test_the_usual_file_is_found(tmp_path: Path) -> None:
    usual = tmp_path / "home" / ".config" / "binder-lite" / "serve.toml"
    usual.parent.mkdir(parents=True)
    usual.write_text('name = "Ours"\n')
    assert serve_file({}) == usual
    assert read_server_settings(variables={}).name == "Ours"
    named = {"BINDER_LITE_SERVE_CONFIG": str(serve_toml(tmp_path, 'name = "Other"\n'))}
    assert read_server_settings(variables=named).name == "Other"


def test_the_file_is_read_whole(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'bind = "[::1]:9000"\npublic_url = "https://nb.example.org"\nprefix = "/nb/"\n'
        'admins = ["1"]\ncors_origins = ["https://book.example.org", "*"]\n' + GITHUB + "[allow]\n"
        'users = ["2", "3"]\n[limits]\nmemory_mib = 512\n'
        '[brand]\nlogo = "logo.svg"\ncolours = {accent = "#123abc"}\n'
        '[[brand.pages]]\ntitle = "Help"\nhref = "/help"\n'
        '[[gallery]]\ntitle = "One"\nsource = "gh/o/r"\npicture = "one.png"\n',
    )
    assert (settings.host, settings.port) == ("::1", 9000)
    assert settings.address == "https://nb.example.org/nb/"
    assert not settings.is_local
    assert settings.allow.users == ("2", "3")
    assert settings.brand.logo == tmp_path / "logo.svg"
    assert settings.brand.pages == (Page(title="Help", href="/help"),)
    assert settings.gallery == (
        GalleryEntry(title="One", source="gh/o/r", picture=tmp_path / "one.png"),
    )
    assert settings.session_settings().memory_mib == 512
    assert settings.hub == settings.data / "hub"


def test_data_is_where_the_launcher_keeps_it_unless_set(tmp_path: Path) -> None:
    settings = read(tmp_path, "", BINDER_LITE_DATA="/srv/data")
    assert settings.data == settings.session_settings().data == Path("/srv/data")
    assert read(tmp_path, 'data = "/other"\n', BINDER_LITE_DATA="/srv/data").data == Path("/other")


def test_variables_win(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        'bind = "127.0.0.1:1"\nspares = 3\n' + GITHUB,
        BINDER_LITE_SERVE_BIND="127.0.0.1:2",
        BINDER_LITE_SERVE_SPARES="0",
        BINDER_LITE_SERVE_TRUST="true",
        BINDER_LITE_SERVE_ALLOW_USERS="1, 2",
        BINDER_LITE_SERVE_LOGIN_CLIENT_SECRET="other",
    )
    assert (settings.bind, settings.spares, settings.trust) == ("127.0.0.1:2", 0, True)
    assert settings.allow.users == ("1", "2")
    assert settings.login.client_secret == "other"


def test_no_two_settings_share_a_variable() -> None:
    names = [name.replace(".", "_") for name, _ in settable(ServerSettings)]
    assert len(names) == len(set(names)) and "config" not in names


def test_the_origin_of_each_value_is_told_and_no_secret(tmp_path: Path) -> None:
    file = serve_toml(
        tmp_path, 'name = "A \\"b\\""\nspares = 2\n' + GITHUB + "[allow]\nusers=['1']"
    )
    variables = {"BINDER_LITE_SERVE_SPARES": "4", "BINDER_LITE_SERVE_DATABASE": "pg://a:pass@b"}
    shown = {each.name: each for each in in_force(file, variables)}
    assert shown.keys() == {name for name, _ in values_of(read_server_settings(file, variables))}
    assert (shown["name"].value, shown["name"].origin) == ('"A \\"b\\""', str(file))
    assert (shown["spares"].value, shown["spares"].origin) == (
        "4", "variable BINDER_LITE_SERVE_SPARES",
    )  # fmt: skip
    assert shown["prefix"].origin == "default"
    assert shown["login.client_secret"].value == shown["database"].value == "(set)"
    assert "hush" not in str(shown) and "pass" not in str(shown)
    assert "hush" not in repr(read_server_settings(file, variables))


def test_options_of_an_unknown_class_are_not_shown(tmp_path: Path) -> None:
    text = '[login]\nkind = "ldapauthenticator.LDAPAuthenticator"\n'
    text += 'options = {lookup_dn_search_password = "hush"}\n[allow]\neveryone = true\n'
    file = serve_toml(tmp_path, text)
    shown = {each.name: each.value for each in in_force(file, {})}
    assert shown["login.options"] == "{lookup_dn_search_password = (set)}"


def test_the_secret_may_lie_in_a_file(tmp_path: Path) -> None:
    text = '[login]\nkind="github"\nclient_id="id"\nclient_secret_file="secret"\n'
    text += "[allow]\neveryone = true\n"
    with pytest.raises(BadSettings, match="cannot be read"):
        read(tmp_path, text)
    secret = tmp_path / "secret"
    secret.write_text("")
    with pytest.raises(BadSettings, match="is empty"):
        read(tmp_path, text)
    secret.write_text("hush\n")
    secret.chmod(0o644)
    with pytest.raises(BadSettings, match="everybody on this machine can read it"):
        read(tmp_path, text)
    secret.chmod(0o640)
    assert read(tmp_path, text).login.client_secret == "hush"
    shown = {each.name: each for each in in_force(tmp_path / "serve.toml", {})}
    assert shown["login.client_secret"].origin == str(secret)
    with pytest.raises(BadSettings, match="Both"):
        read(tmp_path, text.replace("[allow]", 'client_secret="x"\n[allow]'))


def test_a_file_with_a_secret_is_for_the_operator_alone(tmp_path: Path) -> None:
    file = serve_toml(tmp_path, GITHUB + "[allow]\neveryone = true\n")
    read_server_settings(file, {})
    file.chmod(0o644)
    with pytest.raises(BadSettings) as raised:
        read_server_settings(file, {})
    assert "everybody on this machine can read it" in raised.value.message
    assert raised.value.hint == f"chmod 600 {file}"


BAD = [
    ("bnd = '1'", "serve.toml, line 1: there is no setting bnd", "bind"),
    ("name = 'x'\n[login]\nkin = 'x'", "line 3: there is no setting login.kin", "login.kind"),
    ("[limits]\nspare = 1\n[login]\nspare = 1", "line 2: there is no setting limits.spare", ""),
    ("[login]\nmemory_mib = 1", "no setting login.memory_mib", "limits.memory_mib? A key belongs"),
    ("[logn]\nkind = 'x'", "line 1: there is no setting logn", "Did you mean login?"),
    ("[[gallery]]\ntitel = 'x'", "line 2: there is no setting gallery.titel", "gallery.title"),
    ("[brand]\nzzz = 1", "no setting brand.zzz", "Known in [brand] are: logo"),
    ("zzz = 1", "no setting zzz", "Known are: data, cache"),
    ("spares = '1'", "spares has a value that cannot be used: expected a whole number", "serve"),
    ("spares = -1", "spares has a value that cannot be used: expected a whole number >= 0", ""),
    ("trust = 1", "expected true or false, got a whole number", "serve.toml"),
    ("admins = 'me'", "expected a list, got a text in quotes", "serve.toml"),
    ("data = 3", "The setting data", "serve.toml"),
    ("login = 3", "The setting login has a value that cannot be used: expected a table", ""),
    ("[[gallery]]\ntitle = 'x'", "an entry lacks", ""),
    ("[login]\nsend_token_in = 'body'", "login.send_token_in", ""),
    ("bind = '8000'", "bind is '8000'", "127.0.0.1:8000"),
    ("bind = 'localhost:99999'", "bind", "a host and a port"),
    ("bind = '::1:80'", "bind", "[::1]:8000"),
    ("prefix = '/nb'", "prefix is '/nb'", "begins and ends with a slash"),
    ("prefix = '/../'", "prefix", "begins and ends with a slash"),
    ("prefix = '/a b/'", "prefix", ""),
    ("public_url = 'nb.example.org'", "public_url", "a web address"),
    ("public_url = 'https://x.org/nb'", "public_url", "set prefix"),
    ("public_url = 'https://me:pw@x.org'", "public_url", ""),
    ("cors_origins = ['https://x.org/']", "cors_origins", "no path"),
    ("trusted_proxies = ['nginx']", "trusted_proxies", "addresses"),
    ("[sources]\nallow = ['(']", "sources.allow has '('", "For instance"),
    ("[brand]\ncolours = {accent = 'red; x'}", "brand.colours.accent", "#1a7f64"),
    ("[brand]\ncolours = {'} body' = '#000'}", "brand.colours", "small letters"),
    ("[[brand.pages]]\ntitle = 'x'\nhref = 'javascript:alert(1)'", "brand.pages", "https://"),
    ("[[brand.pages]]\ntitle = 'x'\nhref = '//evil.org'", "brand.pages", "https://"),
    ("[[brand.pages]]\ntitle = 'x'", "brand.pages is 'x'", "an href or a file"),
    ("[[brand.pages]]\ntitle = 'x'\nhref = '/x'\nfile = 'x.md'", "brand.pages", "not both"),
    ("[[brand.pages]]\ntitle = 'x'\nfile = 'serve.toml'", "brand.pages", "about-us.md"),
    ("[[brand.pages]]\ntitle = 'x'\nfile = 'away.md'", "away.md", "no such file"),
    ("[login]\nkind = 'githb'", "login.kind is 'githb'", "temporary, github"),
    ("[login]\nkind = 'github'\nclient_id = 'x'", "needs the setting login.client_secret",
     "BINDER_LITE_SERVE_LOGIN_CLIENT_SECRET"),
    (GITHUB, "let nobody in", "allow.everyone = true"),
    (GITHUB + "issuer = 'https://x.org'", "login.issuer has no meaning", "This kind takes: kind"),
    ("admins = ['1']", "knows nobody", "another login.kind"),
    ("[login]\nkind='oidc'\nclient_id='a'\nclient_secret='b'\nissuer='http://x.org'\n"
     "[allow]\neveryone=true", "login.issuer", "https://"),
    ("[login]\nkind='oidc'\nclient_id='a'\nclient_secret='b'\nissuer='https://x.org'\n"
     "[allow]\ngroups=['g']", "does not tell of groups", "login.groups_field"),
    ("[login]\nkind='orcid'\nclient_id='a'\nclient_secret='b'\n[allow]\ngroups=['g']",
     "does not tell of groups", "allow.users"),
    (GITHUB + "prefix = 'A_b'\n[allow]\neveryone = true", "login.prefix", "small letters"),
    ("bind = '0.0.0.0:8000'", "Everybody who reaches 0.0.0.0:8000", "login.public_demo = true"),
    ("public_url = 'https://x.org'", "Everybody who reaches https://x.org", "login.kind"),
    ("data =", "not valid TOML", "Mend"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), BAD)
def test_what_cannot_be_used_is_named(tmp_path: Path, text: str, message: str, hint: str) -> None:
    with pytest.raises(BadSettings) as raised:
        read(tmp_path, text)
    assert message in raised.value.message
    assert hint in raised.value.hint


def test_a_variable_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadSettings) as raised:
        read(tmp_path, "", BINDER_LITE_SERVE_SPARES="many")
    assert "BINDER_LITE_SERVE_SPARES" in raised.value.message
    with pytest.raises(BadSettings, match=r"login has a value"):
        read(tmp_path, "login = 3", BINDER_LITE_SERVE_LOGIN_KIND="github")


def test_a_public_demo_must_be_said(tmp_path: Path) -> None:
    for text in ("bind = '0.0.0.0:8000'\n", "public_url = 'https://x.org'\n"):
        assert not read(tmp_path, text + "[login]\npublic_demo = true\n").is_local


def test_files_that_are_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="does not exist"):
        read_server_settings(tmp_path / "none.toml", {})
    with pytest.raises(BadSettings, match="Is a directory"):
        read_server_settings(tmp_path, {})
    (tmp_path / "serve.toml").write_bytes(b"\xff")
    with pytest.raises(BadSettings, match="not valid TOML"):
        read_server_settings(tmp_path / "serve.toml", {})


def test_every_key_of_a_login_belongs_to_some_kind() -> None:
    known = {each.name for each in fields(Login)}
    assert set.union(*_TAKEN.values(), *_NEEDED.values()) == known
    assert _TAKEN.keys() == _NEEDED.keys() == set(KINDS)


def documented() -> dict[str, str]:
    """Return the settings that the reference lists, with their defaults."""
    found, table = {}, ""
    for line in REFERENCE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            table = "login." if line == "## `[login]`" else ""
        elif row := re.match(r"\| `([a-z_.]+)` \| (.*?) \|", line):
            found[table + row[1]] = row[2]
    return found


def test_every_setting_is_documented_with_its_default() -> None:
    shown = {}
    for each in in_force(None, {}):
        shown[each.name] = "the launcher's" if "launcher" in each.origin else f"`{each.value}`"
    for name in ("login.client_secret", "database"):
        shown[name] = '`""`'
    for name in ("login.client_secret_file", "brand.logo", "brand.style"):
        shown[name] = "none"
    assert documented() == shown


def test_every_kind_of_login_is_documented() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []


EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.mark.parametrize("name", ["serve/config.toml", "brands/genenetwork/serve.toml"])
def test_the_examples_can_be_used(tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("hush")
    secret.chmod(0o600)
    variables = {"BINDER_LITE_SERVE_LOGIN_CLIENT_SECRET_FILE": str(secret)}
    settings = read_server_settings(EXAMPLES / name, variables)
    assert settings.name != "binder-lite" and not settings.is_local
    named = [
        settings.brand.logo,
        settings.brand.style,
        *(entry.picture for entry in settings.gallery),
    ]
    assert all(file.is_file() for file in named if file)


def test_two_pages_have_two_names(tmp_path: Path) -> None:
    for directory in ("a", "b"):
        (tmp_path / directory).mkdir()
        (tmp_path / directory / "us.md").write_text("We.")
    pages = [f"[[brand.pages]]\ntitle = 'x'\nfile = '{each}/us.md'\n" for each in ("a", "b")]
    file = tmp_path / "serve.toml"
    file.write_text(pages[0])
    [page] = read_server_settings(file, {}).brand.pages
    assert page.file == tmp_path / "a" / "us.md"
    file.write_text("".join(pages))
    with pytest.raises(BadSettings, match="'us'"):
        read_server_settings(file, {})


def test_the_brand_s_names_are_those_that_the_page_knows() -> None:
    frontend = Path(__file__).parents[3] / "frontend" / "src"
    code = "".join(file.read_text() for file in frontend.rglob("*.ts*"))
    code += (frontend.parents[1] / "src" / "binder_lite" / "web" / "pages.py").read_text()
    variables = {"BINDER_LITE_SERVE_LOGIN_CLIENT_SECRET": "hush"}
    brand = read_server_settings(EXAMPLES / "brands/genenetwork/serve.toml", variables).brand
    unknown = [
        name
        for kind, names in (("colours", brand.colours), ("texts", brand.texts))
        for name in names
        if f'{kind}["{name}"]' not in code and f'{kind}.get("{name}"' not in code
    ]
    assert unknown == []
