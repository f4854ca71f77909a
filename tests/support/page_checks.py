"""What browser tests ask a page: sizes of screens, and scripts that find text that cannot be read."""

from __future__ import annotations

__all__ = ["LOW_CONTRAST", "OPEN_ALL", "OUT_OF_SIGHT", "SIZES", "SMALL_TEXT", "TEXT_ON_TEXT"]

SIZES = {
    "desk": {"width": 1280, "height": 800},
    "tablet": {"width": 768, "height": 1024},
    "phone": {"width": 360, "height": 740},
}
OPEN_ALL = "document.querySelectorAll('details').forEach(d => d.open = true)"

LOW_CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = element => {
    if (!element) return [255, 255, 255, 1];
    const own = rgba(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, ground(element.parentElement));
  };
  const light = c => [0.2126, 0.7152, 0.0722].reduce((sum, w, i) => {
    const v = c[i] / 255; return sum + w * (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  }, 0);
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let checked = 0;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest('.unseen, .skip') || !element.checkVisibility()) continue;
    const style = getComputedStyle(element), below = ground(element);
    const colour = over(rgba(element.closest('svg') ? style.fill : style.color), below);
    const [dark, bright] = [light(colour), light(below)].sort((a, b) => a - b);
    const ratio = (bright + 0.05) / (dark + 0.05);
    checked += 1;
    if (ratio < 4.5) found.push([walker.currentNode.data.trim().slice(0, 40), ratio.toFixed(2)]);
  }
  return {checked, found};
}"""

SMALL_TEXT = """() => [...document.querySelectorAll('body *')].filter(e => {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.checkVisibility()) return false;
  const svg = e.closest('svg'), scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
  return parseFloat(getComputedStyle(e).fontSize) * scale < 11;
}).map(e => e.textContent.trim())"""

TEXT_ON_TEXT = """() => {
  const found = [];
  for (const svg of document.querySelectorAll('svg')) {
    const texts = [...svg.querySelectorAll('text')].filter(t => t.textContent.trim() && t.checkVisibility());
    const boxes = texts.map(t => t.getBoundingClientRect());
    for (let i = 0; i < boxes.length; i++) for (let j = 0; j < i; j++) {
      const a = boxes[i], b = boxes[j];
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 2) found.push([texts[j].textContent, texts[i].textContent]);
    }
  }
  return found;
}"""

OUT_OF_SIGHT = """() => [...document.querySelectorAll('svg text, h1, h2, h3, p, li, dd, summary')].filter(e => {
  if (!e.textContent.trim() || !e.checkVisibility() || e.closest('.unseen, .skip, .scroll')) return false;
  const box = e.getBoundingClientRect();
  return box.left < -0.5 || box.right > innerWidth + 0.5;
}).map(e => e.textContent.trim().slice(0, 60))"""
