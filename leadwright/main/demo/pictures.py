"""Draws the example firm's pictures: load curves as its product would show them. Nothing is loaded from anywhere."""

import math
import random
from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]
INK, SOFT, LINE, GROUND, CARD = (23, 32, 43), (96, 108, 122), (222, 228, 233), (238, 244, 247), (255, 255, 255)
BLUE, PALE, RED, SAND, DEEP = (20, 80, 107), (168, 205, 222), (196, 88, 44), (240, 222, 200), (13, 43, 58)
TWICE = 2  # drawn at twice the size and made smaller, so that edges are smooth


class Sheet:
    """A drawing in pixels of the finished picture."""

    def __init__(self, width: int, height: int, ground: Colour = GROUND) -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * TWICE, height * TWICE), ground)
        self.pen = ImageDraw.Draw(self.image)

    def box(self, area: tuple[float, float, float, float], fill: Colour, round_by: float = 0) -> None:
        """A filled rectangle from left, top to right, bottom."""
        self.pen.rounded_rectangle([value * TWICE for value in area], round_by * TWICE, fill=fill)

    def text(self, x: float, y: float, words: str, size: float, fill: Colour = INK, anchor: str = "la") -> None:
        """Words at a point."""
        font = ImageFont.load_default(size * TWICE)
        self.pen.text((x * TWICE, y * TWICE), words, font=font, fill=fill, anchor=anchor)

    def line(self, points: list[tuple[float, float]], fill: Colour, width: float = 2) -> None:
        """A line through points."""
        self.pen.line([(x * TWICE, y * TWICE) for x, y in points], fill=fill, width=round(width * TWICE), joint="curve")

    def area(self, points: list[tuple[float, float]], base: float, fill: Colour) -> None:
        """The ground under a line."""
        down = [(points[-1][0], base), (points[0][0], base)]
        self.pen.polygon([(x * TWICE, y * TWICE) for x, y in points + down], fill=fill)

    def png(self) -> bytes:
        """The finished picture."""
        small = self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)
        file = BytesIO()
        small.save(file, "PNG", optimize=True)
        return file.getvalue()


def _day(shape: Callable[[float], float], wobble: float, seed: int) -> list[float]:
    chance = random.Random(seed)
    return [max(0.02, shape(step / 4) + chance.gauss(0, wobble)) for step in range(97)]


def _shift(hour: float) -> float:
    work = 1 / (1 + math.exp(-(hour - 6) * 4)) * (1 - 1 / (1 + math.exp(-(hour - 21.6) * 4)))
    return (
        0.22 + 0.62 * work + 0.16 * math.exp(-((hour - 6.6) ** 2) / 0.35) - 0.1 * math.exp(-((hour - 12.5) ** 2) / 0.3)
    )


def _curve(values: list[float], area: tuple[float, float, float, float]) -> list[tuple[float, float]]:
    left, top, right, bottom = area
    step = (right - left) / (len(values) - 1)
    return [(left + number * step, bottom - value * (bottom - top)) for number, value in enumerate(values)]


def _hours(sheet: Sheet, area: tuple[float, float, float, float], unit: str) -> None:
    left, top, right, bottom = area
    for part in range(5):
        y = bottom - (bottom - top) * part / 4
        sheet.line([(left, y), (right, y)], LINE, 1)
        sheet.text(left - 12, y, f"{part * 60}", 15, SOFT, "rm")
    sheet.text(left - 12, top - 26, unit, 15, SOFT, "rm")
    for hour in range(0, 25, 4):
        sheet.text(left + (right - left) * hour / 24, bottom + 12, f"{hour:02d}:00", 15, SOFT, "ma")


def dashboard() -> bytes:
    """A working day on the product's first screen: the load, and what each machine took of it."""
    sheet = Sheet(1280, 960, (226, 237, 242))
    sheet.box((40, 40, 1240, 920), CARD, 18)
    sheet.text(80, 78, "Hall 2 · Tuesday", 26)
    sheet.text(1200, 82, "as of 21:45", 18, SOFT, "ra")
    tiles = [
        ("Now", "46 kW", BLUE),
        ("Peak today", "188 kW", INK),
        ("Idle last night", "41 kW", RED),
        ("Cost today", "512 EUR", INK),
    ]
    for number, (label, value, colour) in enumerate(tiles):
        left = 80 + number * 284
        sheet.box((left, 132, left + 264, 246), GROUND, 12)
        sheet.text(left + 22, 150, label, 18, SOFT)
        sheet.text(left + 22, 182, value, 38, colour)
    area = (140.0, 320.0, 1190.0, 600.0)
    sheet.box((area[0], area[1], area[0] + (area[2] - area[0]) * 6 / 24, area[3]), (250, 243, 235))
    sheet.box((area[0] + (area[2] - area[0]) * 21.8 / 24, area[1], area[2], area[3]), (250, 243, 235))
    _hours(sheet, area, "kW")
    points = _curve(_day(_shift, 0.013, 4), area)
    sheet.area(points, area[3], (214, 231, 240))
    sheet.line(points, BLUE, 3.5)
    sheet.text(area[0] + 14, area[1] + 10, "nobody here", 16, RED)
    rows = [("Press 1", 0.92), ("Oven east", 0.74), ("Compressor", 0.66), ("Laser", 0.43), ("Extraction", 0.31)]
    for number, (name, share) in enumerate(rows):
        y = 676 + number * 44
        sheet.text(80, y, name, 20, INK, "lm")
        sheet.box((230, y - 11, 1000, y + 11), GROUND, 6)
        sheet.box((230, y - 11, 230 + 770 * share, y + 11), RED if name == "Compressor" else BLUE, 6)
        sheet.text(1040, y, f"{share * 820:.0f} kWh", 20, SOFT, "lm")
    return sheet.png()


def night() -> bytes:
    """A day's load with the night marked."""
    sheet = Sheet(1440, 900)
    area = (120.0, 130.0, 1370.0, 800.0)
    for start, end in ((0.0, 5.6), (22.0, 24.0)):
        width = area[2] - area[0]
        sheet.box((area[0] + width * start / 24, area[1], area[0] + width * end / 24, area[3]), SAND)
    _hours(sheet, area, "kW")
    points = _curve(_day(_shift, 0.014, 9), area)
    sheet.area(points, area[3], (206, 226, 236))
    sheet.line(points, BLUE, 5)
    sheet.text(area[0] + 26, area[3] - 250, "41 kW, nobody here", 28, RED)
    sheet.text(area[0], 48, "Load of a metal workshop over one day", 30)
    return sheet.png()


def peaks() -> bytes:
    """A month of daily peaks against the contract limit; Mondays stand out."""
    sheet = Sheet(1440, 900)
    chance = random.Random(31)
    left, top, right, bottom = 90.0, 150.0, 1370.0, 800.0
    limit = bottom - (bottom - top) * 0.78
    for day in range(31):
        weekday = day % 7
        height = 0.22 + chance.random() * 0.04 if weekday > 4 else 0.58 + chance.random() * 0.12
        height += 0.28 if weekday == 0 else 0
        x = left + (right - left) * day / 31
        top_of_bar = bottom - (bottom - top) * height
        sheet.box((x + 6, top_of_bar, x + 34, bottom), RED if top_of_bar < limit else BLUE, 5)
    sheet.line([(left, limit), (right, limit)], INK, 2.5)
    sheet.text(right, limit - 12, "contract limit, 170 kW", 24, INK, "rs")
    sheet.line([(left, bottom), (right, bottom)], LINE, 2)
    sheet.text(left, 56, "Highest quarter-hour of each day", 30)
    return sheet.png()


def air() -> bytes:
    """Pressure falls and the compressor fills, all night."""
    sheet = Sheet(1440, 900, (233, 240, 238))
    left, right = 100.0, 1370.0
    steps = 340
    pressure = [0.86 - 0.5 * ((step % 38) / 38) for step in range(steps)]
    power = [0.8 if step % 38 < 7 else 0.06 for step in range(steps)]
    sheet.text(left, 56, "One night without work: pressure and power of the compressor", 30)
    upper = _curve(pressure, (left, 150, right, 470))
    lower = _curve(power, (left, 540, right, 810))
    sheet.line(upper, (31, 110, 80), 5)
    sheet.area(lower, 810, (240, 216, 198))
    sheet.line(lower, RED, 4)
    sheet.text(right, 132, "pressure, bar", 22, SOFT, "rs")
    sheet.text(right, 528, "power, kW", 22, SOFT, "rs")
    for hour in range(8):
        sheet.text(left + (right - left) * hour / 7.5, 826, f"{(22 + hour) % 24:02d}:00", 20, SOFT, "ma")
    return sheet.png()


def cover() -> bytes:
    """The guide's cover."""
    sheet = Sheet(900, 1200, DEEP)
    points = _curve(_day(_shift, 0.01, 2), (0, 620, 900, 1040))
    sheet.area(points, 1200, BLUE)
    sheet.line(points, PALE, 5)
    sheet.text(80, 96, "Nordwind Controls", 28, PALE)
    for number, words in enumerate(("The quiet", "kilowatt")):
        sheet.text(78, 200 + number * 104, words, 92, CARD)
    for number, words in enumerate(("Twelve checks that find the power", "your factory uses while nobody works")):
        sheet.text(80, 450 + number * 42, words, 30, PALE)
    return sheet.png()


PICTURES: dict[str, Callable[[], bytes]] = {
    "dashboard": dashboard,
    "night": night,
    "peaks": peaks,
    "air": air,
    "cover": cover,
}
