// How time becomes height in a ladder.

// ladderHeights gives the height of each row. Rows are moments in order with a least height (need) for what is written there.
// To scale, heights are proportional to time and only long silences are folded; otherwise each row has room for its text too.
function ladderHeights(rows, rtt, toScale) {
  const gaps = rows.slice(1).map((r, i) => r.at - rows[i].at);
  const scale = pixelsPerNano(gaps, rtt);
  const most = toScale ? 320 : 88;
  const heights = [];
  const folds = [];
  let y = 34;
  rows.forEach((r, i) => {
    if (i > 0) {
      const gap = gaps[i - 1];
      const least = toScale ? 0 : r.need;
      const height = gap * scale;
      if (height > most) {
        folds.push({y: y + 12 + rows[i - 1].below, gap});
        y += 48 + Math.max(r.need, rows[i - 1].below);
      } else {
        y += Math.max(height, least);
      }
    }
    heights.push(y);
  });
  return {heights, folds, scale, bottom: y};
}

// pixelsPerNano picks a scale at which neither the middle gap nor a round trip is more than some lines high.
function pixelsPerNano(gaps, rtt) {
  const sorted = gaps.filter((g) => g > 0).sort((a, b) => a - b);
  if (sorted.length === 0) return 0;
  return 44 / Math.max(sorted[Math.floor((sorted.length - 1) / 2)], rtt || 0);
}

// niceTicks gives round numbers between 0 and most, about n of them.
function niceTicks(most, n) {
  if (!(most > 0)) return [0];
  const raw = most / n;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= raw);
  const ticks = [];
  for (let t = 0; t <= most * 1.0001; t += step) ticks.push(t);
  return ticks;
}
