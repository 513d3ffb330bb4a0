"""The chat page: a Gradio app with the chat, a person's taste and the catalogue.

Owns what a browser sees and what its clicks mean, the named endpoints for programs, and who may
wait for an answer. Leaves everything that is known, ranked or said to a
`bot.conversation.api.ChatService`, wording to ``prompts/web``, and the port to
``bot.commands.serve``.
"""
