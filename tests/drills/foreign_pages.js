// What a page of somebody else can try against the server at `target`, as hard as a browser lets
// it. Gives back what it could read, or tell apart, by the name of the try.
async ({target, intruder}) => {
  const found = {};
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));
  const within = (promise, ms) => Promise.race([promise, pause(ms)]);
  const json = {'content-type': 'application/json'};
  const plain = {'content-type': 'text/plain'};
  const call = (tool, args) => JSON.stringify({
    jsonrpc: '2.0', id: 1, method: 'tools/call', params: {name: tool, arguments: args},
  });
  const session = 'intruder' + Math.random().toString(36).slice(2);
  const joined = (name, data) => JSON.stringify({data, fn_index: 0, session_hash: session});

  const tries = [];
  const fetching = (name, path, options = {}) => tries.push(async () => {
    try {
      const answer = await fetch(target + path, {credentials: 'include', ...options});
      if (answer.type === 'opaque' || !answer.ok) return;
      const reader = answer.body.getReader();
      const part = await within(reader.read(), 1500);
      found[name] = new TextDecoder().decode(part?.value).slice(0, 100) || 'an answer';
      reader.cancel();
    } catch (error) { /* the browser or the server refused */ }
  });
  for (const path of ['/', '/config', '/healthz', '/gradio_api/info', '/account',
    '/gradio_api/mcp/', '/gradio_api/mcp/schema', '/gradio_api/heartbeat/' + session,
    '/gradio_api/queue/data?session_hash=' + session, '/gradio_api/startup-events',
    '/gradio_api/file=/etc/hostname', '/gradio_api/mcp/sse', '/owner/']) {
    fetching('read ' + path, path);
    fetching('read blindly ' + path, path, {mode: 'no-cors'});
    fetching('read as a proxy ' + path, path, {headers: {'x-forwarded-host': location.host}});
  }
  for (const [as, headers, mode] of [['json', json, 'cors'], ['text', plain, 'no-cors'],
    ['readable text', plain, 'cors']]) {
    for (const [name, data] of [['export', ['ana']], ['profile', ['ana']], ['delete', ['ana']],
      ['feedback', ['ana', 'alien', 'dislike']], ['chat', ['ana', 'I hate crime', '']]]) {
      const body = JSON.stringify({data, session_hash: session});
      for (const way of ['run', 'api', 'call']) {
        fetching(`${way} ${name} as ${as}`, `/gradio_api/${way}/${name}`,
          {method: 'POST', headers, mode, body});
      }
    }
    fetching(`join the queue as ${as}`, '/gradio_api/queue/join',
      {method: 'POST', headers, mode, body: joined('delete', ['ana'])});
    for (const tool of ['delete', 'export', 'Tastebot_delete', 'tastebot_delete']) {
      fetching(`MCP ${tool} as ${as}`, '/gradio_api/mcp/', {method: 'POST', mode,
        headers: {...headers, accept: 'application/json, text/event-stream'},
        body: call(tool, {user: 'ana'})});
    }
    for (const method of ['PUT', 'DELETE', 'PATCH']) {
      fetching(`${method} as ${as}`, '/gradio_api/mcp/', {method, headers, mode, body: '{}'});
    }
  }
  const file = new FormData();
  file.append('files', new Blob(['id,title\na,One']), 'intruder.csv');
  fetching('upload', '/gradio_api/upload', {method: 'POST', body: file, mode: 'no-cors'});
  fetching('upload and read', '/gradio_api/upload', {method: 'POST', body: file});

  const posting = (name, path, fields, type) => tries.push(async () => {
    const frame = document.createElement('iframe');
    frame.name = 'form' + Math.random();
    const form = document.createElement('form');
    Object.assign(form, {method: 'post', action: target + path, target: frame.name});
    if (type) form.enctype = type;
    for (const [key, value] of Object.entries(fields)) {
      const input = document.createElement('input');
      Object.assign(input, {name: key, value});
      form.append(input);
    }
    document.body.append(frame, form);
    const loaded = new Promise((done) => { frame.onload = done; });
    form.submit();
    await within(loaded, 1500);
    frame.remove();
    form.remove();
  });
  const {username, password} = intruder;
  posting('sign in', '/login', {username, password});
  posting('sign up', '/signup', {username: 'made-by-intruder', password, again: password});
  posting('sign out', '/logout', {});
  posting('sign out by GET', '/logout?all_session=true', {});
  posting('password', '/account', {password, new: password, again: password});
  posting('owner', '/owner/login', {password});
  for (const name of ['delete', 'export']) {
    // {"data":["ana"],"x":"="}, as a form in text/plain sends it.
    posting(`form ${name}`, `/gradio_api/run/${name}`, {'{"data":["ana"],"x":"': '"}'}, 'text/plain');
  }

  const watching = (name, make) => tries.push(async () => {
    const watched = make();
    const open = new Promise((done) => {
      watched.onopen = watched.onload = () => done(true);
      watched.onerror = () => done(false);
    });
    if (await within(open, 1500)) found[name] = 'it opened';
    watched.close?.();
    watched.remove?.();
  });
  watching('event source', () => new EventSource(
    `${target}/gradio_api/heartbeat/${session}`, {withCredentials: true}));
  watching('websocket', () => new WebSocket(
    `${target.replace('http', 'ws')}/gradio_api/queue/join`));
  for (const [tag, path] of [['img', '/static/img/logo.svg'], ['script', '/config'],
    ['script', '/static/js/iframeResizer.contentWindow.min.js']]) {
    watching(`${tag} ${path}`, () => {
      const element = document.createElement(tag);
      element.src = target + path;
      document.body.append(element);
      return element;
    });
  }
  await Promise.all(tries.map((each) => each()));

  const frame = document.createElement('iframe');
  frame.src = target + '/';
  document.body.append(frame);
  await within(new Promise((done) => { frame.onload = done; }), 1500);
  return {found, tries: tries.length + 1};
}
