// Goes to the sign-in page once the server no longer knows who this is: signed out elsewhere,
// too long ago, or everything deleted.
const asked = window.fetch;
window.fetch = async (...request) => {
  const answer = await asked(...request);
  if (answer.status === 401 && new URL(answer.url).origin === location.origin) {
    location.assign('login');
  }
  return answer;
};
