"""What goes in as an image comes out as one of our own writing, and looks as it did."""

from __future__ import annotations

import base64
import io
import tempfile
import zlib
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from df_chat.exceptions import Invalid
from df_chat.media import pictures
from df_chat.media.images import process_image
from df_chat.media.pictures import HAS_AVIF
from tests.media import images
from tests.media.images import encoded, picture, upload

CORNERS = {"red": (2, 2), "lime": (-3, 2), "blue": (2, -3), "white": (-3, -3)}
STILL = [
    ("png", images.png(), "image/png"),
    ("jpeg", images.jpeg(), "image/jpeg"),
    ("webp", images.webp(), "image/webp"),
    ("gif", images.gif(), "image/png"),
    ("progressive jpeg", images.jpeg(progressive=True), "image/jpeg"),
    ("interlaced palette png", encoded(picture().quantize(8), "PNG", interlace=1), "image/png"),
    ("cmyk jpeg", encoded(picture(mode="CMYK"), "JPEG", quality=95, subsampling=0), "image/jpeg"),
    ("transparent png", encoded(picture(mode="RGBA"), "PNG"), "image/png"),
    ("two pictures in one jpeg", encoded(picture(), "MPO", save_all=True, append_images=[picture()]), "image/jpeg"),
]


@pytest.mark.parametrize(("content", "content_type"), [case[1:] for case in STILL], ids=[case[0] for case in STILL])
def test_a_still_image_keeps_its_looks(content, content_type):
    with processed(content) as done:
        assert (done.width, done.height, done.content_type) == (*images.SIZE, content_type)
        assert_corners(opened(done.original))
        assert_corners(opened(done.medium))
        assert_corners(opened(done.small))
        assert done.size == sum(path.stat().st_size for path in (done.original, done.medium, done.small))


def test_avif_is_taken_where_pillow_reads_it():
    if HAS_AVIF:
        with processed(images.AVIF) as done:
            assert (done.width, done.height, done.content_type) == (*images.SIZE, "image/jpeg")
            assert_corners(opened(done.original))
    else:
        with pytest.raises(Invalid, match="not_an_image"), processed(images.AVIF):
            pass


def test_noise_is_written_without_looking_for_what_repeats(monkeypatch):
    noise, flat = Image.effect_noise((300, 300), 90), Image.new("L", (300, 300))
    for image, wanted in ((noise, {"compress_type": zlib.Z_RLE}), (flat, {})):
        saved = {}
        with monkeypatch.context() as patch, tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "source")
            source.write_bytes(encoded(image, "PNG"))
            drawn = pictures._draw(source, pictures.Limits(10**6, 1))
            patch.setattr(Image.Image, "save", lambda self, *args, saved=saved, **options: saved.update(options))
            drawn.save(Path(folder, "original"))
        assert saved == {"compress_level": 3} | wanted


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_turned_image_is_set_upright_by_its_pixels(orientation, form):
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    lying = picture().transpose(Image.Transpose(turns[orientation])) if orientation > 1 else picture()
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0} if form == "JPEG" else {}
    with processed(encoded(lying, form, exif=exif, **options)) as done:
        original = opened(done.original)
        assert (done.width, done.height) == original.size == images.SIZE
        assert not original.getexif()
        assert_corners(original)
        assert_corners(opened(done.small))


@pytest.mark.parametrize(("depth", "value"), [("I;16", 128 * 256), ("L", 128), ("LA", (128, 255))])
def test_gray_stays_as_light_as_it_was(depth, value):
    with processed(encoded(Image.new(depth, (8, 8), value), "PNG")) as done:
        assert opened(done.original).convert("RGB").getpixel((4, 4)) == (128, 128, 128)


@pytest.mark.parametrize("form", ["PNG", "WEBP", "GIF"])
def test_what_is_transparent_stays_so_in_every_size(form):
    glass = picture(mode="RGBA")
    glass.paste((0, 0, 0, 0), (0, 0, 12, 16))
    with processed(encoded(glass, form, **({"lossless": True} if form == "WEBP" else {}))) as done:
        for path in (done.original, done.medium, done.small):
            image = opened(path).convert("RGBA")
            assert image.getpixel((2, 2))[3] == 0
            assert image.getpixel((21, 2)) == pytest.approx((0, 255, 0, 255), abs=20)


def test_colours_of_another_profile_are_those_that_it_means():
    swapped = _profile_with_red_and_green_swapped()
    with processed(images.png(icc_profile=swapped)) as done:
        original = opened(done.original)
        assert "icc_profile" not in original.info
        assert original.convert("RGB").getpixel((2, 2)) == pytest.approx((0, 255, 0), abs=40)


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_a_moving_image_goes_on_moving(form):
    frames = [picture().rotate(angle) for angle in (0, 180, 0)]
    options = {"lossless": True} if form == "WEBP" else {}
    content = encoded(
        frames[0], form, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=0, **options
    )
    with processed(content) as done:
        moving = opened(done.original)
        assert (done.content_type, moving.n_frames, moving.info["loop"]) == ("image/webp", 3, 0)
        durations = []
        for number, frame in enumerate(frames):
            moving.seek(number)
            moving.load()
            durations.append(moving.info["duration"])
            assert difference(moving, frame) < 60
        assert durations == [100, 200, 300]
        assert_corners(opened(done.medium))


def test_frames_that_show_only_what_changed_are_drawn_whole():
    ground = Image.new("RGB", (32, 32), "white")
    frames = [ground.copy() for _ in range(3)]
    for number, frame in enumerate(frames):
        frame.paste("blue", (number * 8, 8, number * 8 + 8, 16))
    content = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=50, disposal=1)
    with processed(content) as done:
        moving = opened(done.original)
        moving.seek(2)
        assert moving.convert("RGB").getpixel((20, 12)) == pytest.approx((0, 0, 255), abs=40)
        assert moving.convert("RGB").getpixel((4, 28)) == pytest.approx((255, 255, 255), abs=40)


def test_thumbnails_fit_their_boxes_and_small_images_do_not_grow():
    with processed(images.jpeg((3000, 1500))) as done:
        assert opened(done.medium).size == (1024, 512)
        assert opened(done.small).size == (320, 160)
        assert {opened(path).format for path in (done.medium, done.small)} == {"WEBP"}
    with processed(images.png()) as done:
        assert opened(done.medium).size == images.SIZE


def test_the_placeholder_is_a_tiny_image_as_text():
    with processed(images.jpeg((300, 200))) as done:
        tiny = Image.open(io.BytesIO(base64.b64decode(done.placeholder)))
    assert (tiny.format, max(tiny.size)) == ("WEBP", 16)
    assert len(done.placeholder) < 600


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../x.html", "x.png"), ("me.jpeg", "me.png"), ("", "file.png"), ("\u202egnp.exe", "gnp.png")],
)
def test_the_name_ends_as_the_content_demands(given, kept):
    file = upload(images.png())
    file._name = given
    with process_image(file) as done:
        assert done.name == kept


@pytest.mark.parametrize(
    ("setting", "value", "code", "params"),
    [
        ("MAX_IMAGE_BYTES", 50, "file_too_large", {"max_megabytes": "4.768e-05"}),
        ("MAX_IMAGE_PIXELS", 24 * 16 * 3 - 1, "too_many_pixels", {"max_pixels": 1151}),
        ("MAX_IMAGE_FRAMES", 2, "too_many_frames", {"max_frames": 2}),
    ],
)
def test_the_host_sets_the_limits_and_the_refusal_names_them(settings, setting, value, code, params):
    content = images.gif(frames=3)
    with processed(content):
        pass
    settings.DF_CHAT = {setting: value}
    with pytest.raises(Invalid) as refusal, processed(content):
        pass
    assert (refusal.value.code, refusal.value.attr) == (code, "image")
    assert params.items() <= refusal.value.params.items()


def test_the_upload_can_be_read_again_afterwards():
    file = upload(images.png())
    with process_image(file):
        assert file.read() == images.png()


@contextmanager
def processed(content: bytes):
    with process_image(upload(content)) as done:
        yield done


def opened(path: Path) -> Image.Image:
    return Image.open(io.BytesIO(path.read_bytes()))


def assert_corners(image: Image.Image) -> None:
    for colour, (x, y) in CORNERS.items():
        seen = image.convert("RGB").getpixel((x % image.width, y % image.height))
        assert seen == pytest.approx(Image.new("RGB", (1, 1), colour).getpixel((0, 0)), abs=60), colour


def difference(one: Image.Image, other: Image.Image) -> float:
    """The largest difference of any corner in any colour."""
    places = [(x % one.width, y % one.height) for x, y in CORNERS.values()]
    pixels = [(one.convert("RGB").getpixel(place), other.convert("RGB").getpixel(place)) for place in places]
    return max(abs(a - b) for pair in pixels for a, b in zip(*pair, strict=True))


def _profile_with_red_and_green_swapped() -> bytes:
    """sRGB, but for its first two primaries: what it calls red is green."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    renamed = profile.replace("sRGB".encode("utf-16-be"), "xBGR".encode("utf-16-be"))
    return renamed.replace(b"rXYZ", b"tXYZ").replace(b"gXYZ", b"rXYZ").replace(b"tXYZ", b"gXYZ")
