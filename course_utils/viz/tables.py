"""Tables that read the same in a notebook, a terminal and a comparison of outputs (lesson 00)."""

import html


class Table:
    """Rows of text under headers: HTML in a notebook, aligned text elsewhere."""

    def __init__(self, cells, headers, numeric, title):
        self.cells, self.headers, self.numeric, self.title = cells, headers, numeric, title

    def __repr__(self):
        width = [max(map(len, column)) for column in zip(self.headers, *self.cells)]

        def line(row):
            fitted = (c.rjust(w) if n else c.ljust(w) for c, w, n in zip(row, width, self.numeric))
            return "  ".join(fitted).rstrip()

        body = [line(self.headers), "  ".join("-" * w for w in width), *map(line, self.cells)]
        return "\n".join(([self.title] if self.title else []) + body)

    def _repr_html_(self):
        def row(tag, cells):
            side = ("right" if n else "left" for n in self.numeric)
            return "".join(
                f'<{tag} style="text-align:{s};padding:3px 12px">{html.escape(c)}</{tag}>'
                for c, s in zip(cells, side)
            )

        look = "text-align:left;font-weight:600;color:#222;background:#fff;padding:4px 12px"
        title = html.escape(self.title or "")
        caption = f'<caption style="{look}">{title}</caption>' if title else ""
        body = "".join(f"<tr>{row('td', cells)}</tr>" for cells in self.cells)
        return (
            '<table style="background:#fff;color:#222;font-size:14px;border-collapse:collapse">'
            f'{caption}<thead><tr style="border-bottom:2px solid #222">'
            f"{row('th', self.headers)}</tr></thead>"
            f"<tbody>{body}</tbody></table>"
        )


def table(rows, headers, digits=2, title=""):
    """Show rows (lists, or {"name": [values]}) under `headers`; floats are rounded to `digits`.

    Numbers, also tensors of one number, are set to the right. None is shown as a dash.
    Raises ValueError for no rows and for a row that has not one value for each header.
    """
    if isinstance(rows, dict):
        rows = [[name, *values] for name, values in rows.items()]
    rows = [list(row) for row in rows]
    headers = [str(text) for text in headers]
    if not rows:
        raise ValueError("rows: got none, want at least one")
    for row in rows:
        if len(row) != len(headers):
            raise ValueError(
                f"rows: got {len(row)} values in {row}, want one for each of the headers {headers}"
            )
    rows = [[v.item() if hasattr(v, "item") else v for v in row] for row in rows]
    numeric = [
        all(v is None or isinstance(v, (int, float)) for v in column) for column in zip(*rows)
    ]
    cells = [[_cell(v, digits) for v in row] for row in rows]
    return Table(cells, headers, numeric, title)


def _cell(value, digits):
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{round(value, digits) + 0.0:.{digits}f}"
    return str(value)
