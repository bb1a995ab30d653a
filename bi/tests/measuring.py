"""What a page measures of itself: whether figures and tables stay inside of their boxes."""

# How far, in pixels, a tile's figure reaches over the tile's edges; at most 0 where it is whole.
FIGURE_BEYOND_TILE = """
(tile) => {
  const range = document.createRange();
  range.selectNodeContents(tile.querySelector('.header-line'));
  const [text, box] = [range.getBoundingClientRect(), tile.getBoundingClientRect()];
  return Math.max(text.right - box.right, text.bottom - box.bottom, box.left - text.left);
}
"""
# How far a table's last column reaches over the chart's right edge.
TABLE_BEYOND_CHART = """
(chart) => {
  const last = [...chart.querySelectorAll('thead th')].map(cell => cell.getBoundingClientRect().right);
  return Math.max(...last) - chart.getBoundingClientRect().right;
}
"""
