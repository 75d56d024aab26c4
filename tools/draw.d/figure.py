"""A figure as SVG: one pair of axes, either of which may be logarithmic."""
import math

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 340, 70, 20, 50, 50


class Figure:
    """x and y are where a value lies, in pixels; `colours` are the subjects'."""

    def __init__(self, title, x_range, y_range, x_label, y_label, colours, log_x=False, log_y=False):
        self.parts, self.log_x, self.log_y, self.colours = [], log_x, log_y, colours
        self.x_range = [math.log10(v) for v in x_range] if log_x else x_range
        self.y_range = [math.log10(v) for v in y_range] if log_y else y_range
        self.text(WIDTH / 2, 20, title, size=15, weight="bold")
        self.text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_label)
        self.parts.append(f'<text transform="translate(16 {(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" '
                          f'text-anchor="middle">{y_label}</text>')
        self.line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "#57606a")
        self.line(LEFT, TOP, LEFT, HEIGHT - BOTTOM, "#57606a")

    def x(self, value):
        value = math.log10(value) if self.log_x else value
        low, high = self.x_range
        return LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(self, value):
        value = math.log10(value) if self.log_y else value
        low, high = self.y_range
        return HEIGHT - BOTTOM - (min(max(value, low), high) - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    def text(self, x, y, words, anchor="middle", size=12, weight="normal"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" '
                          f'font-weight="{weight}">{words}</text>')

    def line(self, x1, y1, x2, y2, colour, width=1, dash=""):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
                          f'stroke-width="{width}" stroke-dasharray="{dash}"/>')

    def tick_y(self, value, words):
        self.line(LEFT, self.y(value), WIDTH - RIGHT, self.y(value), "#d0d7de")
        self.text(LEFT - 6, self.y(value) + 4, words, "end")

    def tick_x(self, value, words):
        self.line(self.x(value), HEIGHT - BOTTOM, self.x(value), HEIGHT - BOTTOM + 5, "#57606a")
        self.text(self.x(value), HEIGHT - BOTTOM + 20, words)

    def dot(self, x, y, colour):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>')

    def curve(self, points, colour):
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')

    def legend(self, subjects, width=110):
        for i, subject in enumerate(subjects):
            self.dot(LEFT + 20 + width * i, 38, self.colours[subject])
            self.text(LEFT + 30 + width * i, 42, subject, "start")

    def write(self, name):
        with open(name, "w", encoding="utf-8") as file:
            file.write(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
                       'font-family="sans-serif" font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n')
            file.write("\n".join(self.parts) + "\n</svg>\n")
