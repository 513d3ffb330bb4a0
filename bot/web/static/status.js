// Says when the server is waking up or away. Asks often while something is wrong, else seldom.
element.setAttribute('role', 'status');
const show = (state) => {
  element.textContent = props.words[state] || '';
  element.closest('.tb-status').classList.toggle('tb-shown', state in props.words);
};
const ask = async () => {
  let state = 'offline';
  try {
    const answer = await fetch('healthz', {cache: 'no-store'});
    state = answer.ok ? 'ok' : 'warming';
  } catch (error) { /* away */ }
  show(state);
  setTimeout(ask, state === 'ok' ? 5000 : 1000);
};
window.addEventListener('offline', () => show('offline'));
ask();
