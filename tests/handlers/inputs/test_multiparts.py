from __future__ import annotations

import httpx
import pytest

from handlers.errors import BadRequest
from handlers.fields import Number
from handlers.inputs import Body, parse_body
from handlers.inputs.multiparts import Part
from handlers.params import Params

PICTURE = b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(range(256))
FORM = "multipart/form-data"


def multipart(*parts: tuple[str, bytes], boundary: str = "AaB03x", end: str = "--") -> bytes:
    """Headers after `form-data; ` and content of every part."""
    lines = [
        b"--%s\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % (boundary.encode(), head.encode(), data)
        for head, data in parts
    ]
    return b"".join(lines) + f"--{boundary}{end}\r\n".encode()


def parse(*parts: tuple[str, bytes]) -> Body:
    return parse_body(multipart(*parts), f"{FORM}; boundary=AaB03x")


def test_multipart_keeps_fields_and_files_in_their_order() -> None:
    body = parse(
        ('name="conf"', b"0.3"),
        ('name="file"; filename="a.jpg"', PICTURE),
        ('name="conf"', b"0.4"),
        ('name="empty"', b""),
        ('name="name"', "Müller\r\n\r\nzwei".encode()),
    )
    assert body.content_type == FORM
    assert body.fields == {"conf": ["0.3", "0.4"], "empty": [""], "name": ["Müller\r\n\r\nzwei"]}
    assert body.values["conf"] == "0.4"
    assert body.files("file") == [PICTURE]
    assert [part.name for part in body.parts] == ["conf", "file", "conf", "empty", "name"]


@pytest.mark.parametrize(
    "head",
    [
        'name="image"; filename="upload"\r\nContent-Type: application/octet-stream',  # the vendor's SDK
        'name="image"; filename="image"',  # hub-sdk: no type
        'name="image"',  # neither name nor type
        'name="image"\r\nContent-Type: image/jpeg',
        "name=image; filename=a.jpg",
        'filename="a;b.jpg"; name="image"\r\nX-Other: yes\r\ncontent-type:image/jpeg',
    ],
)
def test_a_file_is_one_whatever_it_says(head: str) -> None:
    body = parse((head, PICTURE), ('name="size"', b"640"))
    assert body.files("image") == body.files() == [PICTURE]
    assert body.fields == {"size": ["640"]}


@pytest.mark.parametrize(
    ("head", "data"), [('name="image"', b"II*\0abc"), ('name="image"\r\nContent-Type: image/x', b"abc")]
)
def test_a_nameless_file_may_look_like_text(head: str, data: bytes) -> None:
    assert parse((head, data)).files("image") == [data]


def test_names_and_types_of_files() -> None:
    body = parse(('name="file"; filename="ä.png"\r\nContent-Type: image/png', b"text"))
    assert body.parts == (Part("file", b"text", "ä.png", "image/png"),)


def test_an_empty_file_field_of_a_browser_is_no_file() -> None:
    body = parse(('name="file"; filename=""\r\nContent-Type: application/octet-stream', b""))
    assert body.parts == ()


@pytest.mark.parametrize("boundary", ["AaB03x", "----WebKitFormBoundaryABC", "x", "=_?:+'()/, a.b"])
def test_a_forgotten_boundary_is_found_in_the_body(boundary: str) -> None:
    body = multipart(('name="file"; filename="a.jpg"', PICTURE), ('name="imgsz"', b"640"), boundary=boundary)
    for kind in (FORM, "Multipart/Form-Data; charset=utf-8", f"{FORM}; boundary="):
        for start in (b"", b"\r\n"):
            parsed = parse_body(start + body, kind)
            assert parsed.files("file") == [PICTURE]
            assert parsed.fields == {"imgsz": ["640"]}


def test_content_may_look_like_a_boundary() -> None:
    data = b"\xff--AaB03x\r\n-AaB03x\r\n--AaB03\r\n\r\n"
    assert parse(('name="file"; filename="a"', data)).files() == [data]


def test_preamble_padding_and_epilogue_are_passed_over() -> None:
    body = multipart(('name="a"', b"1")).replace(b"--AaB03x\r\n", b"--AaB03x \t\r\n", 1)
    assert parse_body(b"preamble\r\n" + body + b"epilogue", f"{FORM}; boundary=AaB03x").values == {"a": "1"}


WHOLE = multipart(('name="a"; filename="b"', PICTURE))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", FORM),
        (b"", f"{FORM}; boundary=x"),
        (WHOLE, f"{FORM}; boundary=other"),
        (WHOLE, f"{FORM}; boundary=" + "x" * 300),
        (WHOLE, f"{FORM}; boundary=AaB03x;" + ';"' * 4000),
        (PICTURE, FORM),
        (WHOLE.replace(b"\r\n", b"\n"), f"{FORM}; boundary=AaB03x"),
        (WHOLE.replace(b'name="a"; ', b""), f"{FORM}; boundary=AaB03x"),
        (WHOLE.replace(b"\r\n\r\n" + PICTURE, b"\r\n"), f"{FORM}; boundary=AaB03x"),
        (WHOLE.replace(b"form-data", b"attachment"), f"{FORM}; boundary=AaB03x"),
        (WHOLE.replace(b"Content-Disposition", b"Content-Description"), f"{FORM}; boundary=AaB03x"),
        (WHOLE.replace(b"--AaB03x\r\n", b"--AaB03xyz\r\n", 1), f"{FORM}; boundary=AaB03x"),
        (WHOLE.replace(b'"b"', b'"' + b"b" * 9000 + b'"'), f"{FORM}; boundary=AaB03x"),
        (multipart(*[(f'name="{i}"', b"") for i in range(65)]), f"{FORM}; boundary=AaB03x"),
        *((WHOLE[:length], f"{FORM}; boundary=AaB03x") for length in range(0, len(WHOLE) - 4, 7)),
    ],
)
def test_malformed_multipart_is_refused(body: bytes, kind: str) -> None:
    with pytest.raises(BadRequest):
        parse_body(body, kind)


def test_sixty_four_parts_are_not_too_many() -> None:
    assert len(parse(*[(f'name="{i}"', b"") for i in range(64)]).fields) == 64


def test_a_real_client_is_understood() -> None:
    request = httpx.Request("POST", "http://x", data={"conf": "0.3"}, files={"file": ("a.jpg", PICTURE)})
    body = parse_body(request.read(), request.headers["content-type"])
    assert (body.fields, body.files("file")) == ({"conf": ["0.3"]}, [PICTURE])


@pytest.mark.parametrize(
    ("head", "data", "said"),
    [
        ('name="conf"\r\nContent-Type: application/json', b"0.9", 'The part "conf" is of the type "application/json"'),
        ('name="a"; filename="a.json"\r\nContent-Type: text/json; charset=utf-8', b"{}", '"text/json": send each'),
        ('name="conf"\r\nContent-Type: application/ld+JSON', b"0.9", '"application/ld\\+json"'),
        ('name="file"; filename="a.jpg"', b"", 'The file "a.jpg" is empty'),
        ('name="file"\r\nContent-Type: image/png', b"", 'The file "file" is empty'),
        ('name="file"; filename="\n\u202e"', b"", 'The file "\\?\\?" is empty'),
        ('name="conf"\r\nContent-Transfer-Encoding: base64', b"MC45", 'the Content-Transfer-Encoding "base64"'),
        ('name="conf"\r\ncontent-transfer-encoding: Quoted-Printable', b"0=2E9", '"quoted-printable": send its bytes'),
        ('name="conf"', "0.9".encode("utf-16"), 'The field "conf" is text in UTF-16: send UTF-8'),
        ('name="conf"\r\nContent-Type: text/plain', "0.9".encode("utf-16-be"), "UTF-16"),
        ('name="conf"', "0.9".encode("utf-32"), "UTF-32"),
        ('name="conf"', b"0.9\0", "neither text in UTF-8 nor a picture"),
    ],
)
def test_a_part_that_is_not_understood_says_what_it_is(head: str, data: bytes, said: str) -> None:
    with pytest.raises(BadRequest, match=said):
        parse((head, data))


@pytest.mark.parametrize("encoding", ["7bit", "8BIT", "binary"])
def test_encodings_that_change_nothing_are_taken(encoding: str) -> None:
    body = parse((f'name="file"; filename="a"\r\nContent-Transfer-Encoding: {encoding}', PICTURE))
    assert body.files("file") == [PICTURE]


def test_a_file_is_no_value_of_an_option() -> None:
    """Not even where a text of the same name came as well."""
    body = parse(('name="conf"; filename="conf.txt"', b"0.9"), ('name="conf"', b"0.9"))
    with pytest.raises(BadRequest, match='not "a file"'):
        Params(body.values).number(Number("conf", "", 0.25, 0, 1))
