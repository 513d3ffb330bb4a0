// Loads the page again when its first answer got lost on the way: until it comes the message box
// stays disabled, and nothing else would ever ask. Gradio itself does so where it sees its
// connection end; this is for where it does not. Not while the server is still waking up.
const [PATIENCE, MOST, KEY] = [8000, 3, 'tastebot-arrivals'];
const look = async () => {
  const box = document.querySelector(`${props.box} textarea`);
  if (!box || !box.disabled) return sessionStorage.removeItem(KEY);
  const tries = Number(sessionStorage.getItem(KEY)) + 1;
  if (tries > MOST) return;
  const awake = await fetch('healthz', {cache: 'no-store'}).then((a) => a.ok, () => false);
  if (!awake) return setTimeout(look, PATIENCE);
  sessionStorage.setItem(KEY, tries);
  location.reload();
};
setTimeout(look, PATIENCE);
