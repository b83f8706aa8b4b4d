// Putting the page together.

// findingLadder gives what drawLadder needs of a finding: its evidence, and what is known of its connection.
function findingLadder(f) {
  const segments = f.evidence.map(readSegment);
  const c = connectionById.get(f.conn);
  return {names: f.names || sideNames, segments, bases: basesOf(f.isn, segments), rtt: c ? c.rtt : 0,
    vantage: c ? c.vantage : 'unknown', certainties: c ? certaintiesOf(c) : new Map(),
    evidence: new Map(segments.map((s, i) => [s.frame, f.roles[i]]))};
}

// drawFindings draws the findings' ladders when they come near the window, and all of them to be printed.
function drawFindings() {
  const waiting = new Map();
  for (const figure of document.querySelectorAll('figure[data-finding]')) {
    const f = findingById.get(Number(figure.dataset.finding));
    if (!f || !f.evidence) continue;
    figure.hidden = false;
    waiting.set(figure, f);
  }
  const draw = (figure) => {
    drawLadder(figure, findingLadder(waiting.get(figure)));
    waiting.delete(figure);
  };
  const margin = 600;
  const watch = new IntersectionObserver((entries) => {
    for (const e of entries) {
      if (e.isIntersecting && waiting.has(e.target)) draw(e.target);
    }
  }, {rootMargin: margin + 'px'});
  for (const figure of [...waiting.keys()]) {
    // What is in sight is drawn at once: an observer is told of it only with the next frame.
    if (figure.getBoundingClientRect().top < window.innerHeight + margin) draw(figure);
    else watch.observe(figure);
  }
  window.addEventListener('beforeprint', () => [...waiting.keys()].slice(0, 50).forEach(draw));
}

function followLink(e) {
  const id = Number(e.target.closest('[data-conn]')?.dataset.conn);
  if (!id) return;
  e.preventDefault();
  showConnection(id);
}

drawFindings();
drawTimeline(document.getElementById('timeline-figure'));
drawTimeWait(document.getElementById('time-wait-figure'));
fillFilter();
applyFilter();
document.addEventListener('click', followLink);
document.documentElement.classList.add('ready');
