// Carries clicks on rendered buttons to Python: one `act` event with the button's data.
// The browser's own dialogs ask back: they keep the focus and work everywhere.
document.addEventListener('click', (event) => {
  const button = event.target.closest(props.inside);
  if (!button) return;
  const data = {...button.dataset};
  if (data.confirm && !window.confirm(data.confirm)) return;
  if (data.prompt) {
    data.answer = window.prompt(data.prompt, data.proposal);
    if (data.answer === null) return;
  }
  trigger('act', data);
});
