// Keeps the last question at the top of the chat while its answer grows, until somebody scrolls,
// and mends what the widget tells screen readers: labels that would hide what an answer says, and
// a list of openings that holds no list items. Once a frame, since each look costs a layout.
const attach = () => {
  const chat = document.querySelector(props.chat);
  if (!chat) return setTimeout(attach, 100);
  let questions = 0;
  let following = true;
  let waiting = false;
  const leave = () => { following = false; };
  for (const kind of ['wheel', 'touchmove', 'keydown']) {
    chat.addEventListener(kind, leave, {passive: true});
  }
  const settle = () => {
    waiting = false;
    for (const labelled of chat.querySelectorAll('[data-testid][aria-label*="message"]')) {
      labelled.removeAttribute('aria-label');
    }
    chat.querySelector('.examples')?.setAttribute('role', 'group');
    const rows = chat.querySelectorAll('.user-row');
    if (rows.length !== questions) {
      questions = rows.length;
      following = true;
    }
    const last = rows[rows.length - 1];
    const frame = last && last.closest('[role="log"]');
    if (!frame || !following) return;
    const away = last.getBoundingClientRect().top - frame.getBoundingClientRect().top - 8;
    if (Math.abs(away) > 1) frame.scrollTop += away;
  };
  const watch = new MutationObserver(() => {
    if (!waiting) requestAnimationFrame(settle);
    waiting = true;
  });
  watch.observe(chat, {childList: true, subtree: true, characterData: true});
  settle();
};
attach();
