// Two keys beside the browser's own: Esc stops an answer, / goes to the message box.
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') {
    document.querySelector(`${props.box} .stop-button`)?.click();
  } else if (event.key === '/' && !event.target.closest('input, textarea, select')) {
    const box = document.querySelector(`${props.box} textarea`);
    if (!box || !box.offsetParent) return;
    event.preventDefault();
    box.focus();
  }
});
