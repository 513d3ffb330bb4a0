"""The words before a mention that tell a stance, and those that keep them from telling one.

Patterns run over a sentence as `sentences.sentences_of` writes it: folded words, contractions
written out, mentions as ``§0``, words for the items themselves as ``§noun``. What is said after a
mention is left to `predicates`; how both are put together to `stance`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from bot.core import patterns
from bot.understanding.linking.mentions import Stance

_ADV = (
    r"(?:(?:really|ever|even|much|particularly|exactly|too|that|very|so|super|all that|usually|"
    r"typically|actually|just|quite|always|absolutely|totally|definitely|truly|also|still|do|did|"
    r"both|all|kind of|kinda|generally|mostly|personally|honestly|necessarily|a huge|a big|"
    r"absolutley|pretty|especially|mainly|only|normally|currently) )*"
)
_LIKE_VERB = (
    r"(?:loved?|loves|loving|liked?|likes|liking|enjoy(?:ed|s|ing)?|adore[ds]?|digs?|dug|"
    r"appreciate[ds]?|preferred|cherish)"
)
_LIKE_NOUN = (
    r"(?:(?:a |an |such a |such )?(?:(?:big|huge|massive|great|real|major|total|avid|lifelong|large"
    r") )*(?:fan|fans|lover|sucker|nut|buff|admirer) (?:of|for)|in ?to|keen on|fond of|"
    r"obsessed with|crazy about|big on|partial to|hooked on|in love with|a thing for|"
    r"soft spot for|impressed (?:by|with))"
)
_NOT = (
    r"(?:(?:do|did|does|have|has|had|am|is|are|was|were|would|will|could|can|should)(?: \w+)? not|"
    r"never|not|no longer|hardly|neither|nor do i|wasnt|isnt|aint)"
)
_SEE = r"(?:seen|saw|see|watched|watch|rewatched)"
_OFTEN = (
    r"(?:(?:already|just|recently|also|finally|both|all|yet|ever|actually|even|only|"
    r"all ready|alredy|def|definitely) )*"
)
# (stance, pattern), tried in this order at each place; the first that matches there counts.
CUES: tuple[tuple[Stance | None, patterns.Pattern[str]], ...] = tuple(
    (stance, patterns.compile(rf"(?:(?<= )|^){pattern}(?= |$)"))
    for stance, pattern in (
        # Seen by nobody.
        (
            Stance.UNSEEN,
            r"(?:neither|none) of (?:us|them|you|my \w+)(?: \w+)? (?:(?:has|have|had|did) )?"
            r"(?:(?:ever|even|actually|yet) )*(?:seen|see|saw|watched|watch)",
        ),
        # Taking back.
        (
            Stance.FORGET,
            r"(?:forget|ignore|disregard|scratch|remove|delete|erase|unlearn|never mind|nevermind|"
            r"take back|i take back)(?: (?:that|what|about|everything|all|anything))*(?: i)?(?: "
            r"(?:said|told you|mentioned|wrote|say|was saying))?(?: (?:that|about))*"
            r"(?: (?:my|the|i))*(?: (?:did|do|am|have|was))?(?: not)?(?: (?:liked?|loved?|hated?|"
            r"disliked?|seen|wanted|liking|loving|hating|disliking|enjoyed|want|enjoy|fan of))*",
        ),
        (
            Stance.FORGET,
            r"(?:do|did|does|am|can|could) not (?:actually |really )?(?:hate|dislike|detest|loathe)"
            r"(?= [^.]*\b(?:any ?more|any longer|after all|now)$)",
        ),
        (Stance.FORGET, r"no longer (?:hate|dislike|detest)"),
        (Stance.FORGET, r"changed my mind (?:about|on)"),
        (
            Stance.WANT,
            r"(?:what|which) (?:is|are|would be|else is|other)(?: (?:a|an|some|any|your favourite|the "
            r"best|good|great|other))+",
        ),
        (Stance.NEUTRAL, r"you (?:just |already )?(?:recommended|suggested|said|mentioned|told)"),
        (
            Stance.LIKE,
            r"(?:i|we) (?:usually |really |generally |always |do |normally |much |definitely )*"
            r"prefer(?:red)?(?! (?:something|to|a|an|not|it)\b)",
        ),
        (
            Stance.WANT,
            r"(?:is|are) there (?:a|an|any|some)(?: (?:good|great|other|new|nice|recent|decent))*"
            r"(?! (?:sequel|remake|second|way|reason|lot))",
        ),
        (
            Stance.WANT,
            r"(?:decide on|deciding on|choose|pick|find(?:ing)?|hunt for|need of|hankering for|"
            r"seek(?:ing)?|suggestions on|ideas for|track down)(?: (?:me|a|an|some|good|great|out))*",
        ),
        (
            Stance.WANT,
            r"(?:what|which) (?:should|can|could|shall|do) (?:i|we|me)\b(?: (?:and|or|my|the|watch|see|with))*",
        ),
        (
            Stance.WANT,
            r"(?:tell me|get|name|list)(?: me)?(?: of| about)? (?:a|an|some|any)(?: (?:good|great|really|nice|new))*",
        ),
        (
            Stance.WANT,
            r"^(?:(?:and|so|ok|okay|hi|hello|hey|well|,) )*(?:what|which)"
            r"(?: (?:are|some|other|kinds? of|good|great|new|the|best|of))*(?= §\d+ §noun)",
        ),
        (
            Stance.NEUTRAL,
            r"(?:do|does|did|need|needs) not (?:really |necessarily |even )?(?:have to|need to|got to) be",
        ),
        # Questions to the bot state nothing.
        (
            Stance.NEUTRAL,
            r"(?:if )?you (?:do|did|would|will|really|also) (?:not )?(?:like|love|enjoy|want|hate|mind)",
        ),
        (
            Stance.NEUTRAL,
            r"(?:have|has|did|do|does|had|are|were|would|will) (?:you|u|ya|he|she|they|anyone|"
            r"anybody|people|your kids)(?: guys)? (?:ever |already |all |also |really |even |not )*"
            r"(?:seen|see|saw|watched|watch|heard of|heard about|heard|hear|like|liked|love|loved|"
            r"enjoy|enjoyed|think of|think about|think|tried|into|a fan of|fan of|prefer)",
        ),
        (Stance.NEUTRAL, r"(?:you|u) (?:ever )?(?:seen|watched|heard of|like|liked|saw)"),
        (Stance.NEUTRAL, r"(?:should|can|could|may|do) i (?:watch|see|try)"),
        (
            Stance.NEUTRAL,
            r"(?:heard|hear|hearing|read|told) (?:(?:so|many|really|very|some|a|lot|of|only|"
            r"mixed|good|great|bad|nice|that|me|nothing|things?|stuff|reviews|but) )*"
            r"(?:of|about|that|was|is)",
        ),
        (
            Stance.NEUTRAL,
            r"(?:friends?|buddy|mate|cousin|roommate|girlfriend|boyfriend|mom|mum|dad|mother|"
            r"father|kids?|son|daughter|colleague|coworker|brother|sister|wife|husband|people|everyone|everybody|they|he|she|"
            r"someone|somebody|critics) (?:just )?(?:recommended|suggested|told|keeps?|said|says|"
            r"say|mentioned|recommend|suggest)(?: (?:me|us|that|i|to|should|watch|see|i should|the|is))*",
        ),
        (
            Stance.NEUTRAL,
            r"(?:who (?:directed|stars|starred|plays|played|made|wrote|is|was)|tell me|what is|"
            r"what was|what year|when was|when did|how long|how old|is there|was there|is it|"
            r"was it|is that|is this|are those|does it|does that|where can|which|"
            r"reminds? me of|reminded me of|remake of|sequel (?:to|of)|prequel (?:to|of)|"
            r"better than|worse than|more than|than|soundtrack (?:of|to)|about)",
        ),
        (
            Stance.NEUTRAL,
            r"(?:the )?(?:directors?|actors?|actress|stars?|makers?|guys?|people|writers?|creators?|"
            r"team|lead|cast|end|ending|plot|music|soundtrack|trailer) (?:of|from|in|behind|for|to)",
        ),
        # Refusals for now.
        (
            Stance.AVOID,
            r"(?:would |i )?(?:rather|prefer) not(?: (?:to|watch|see|watching|have|do|seeing|another|a))*",
        ),
        (
            Stance.LIKE,
            r"(?:the )?(?:best|greatest|coolest|funniest|top) (?:§noun|one|thing|ever)(?: (?:ever|i|"
            r"have|made|of all time|seen|watched|that|is|all|in|the|world|by|far|of))* (?:is|are|was|"
            r"were|would be|has to be)",
        ),
        (
            Stance.DISLIKE,
            r"(?:the )?(?:worst|dullest) (?:§noun|one|thing|ever)(?: (?:ever|i|have|made|of all time|"
            r"seen|watched|that|is|all))* (?:is|are|was|were|would be|has to be)",
        ),
        (
            Stance.AVOID,
            rf"{_NOT} {_ADV}(?:in the mood for|feel like|feeling|want|wanting|need|looking for|"
            r"look for|after|up for|interested in|craving|seeking|ready for|in a mood for|"
            r"going for|searching for|go for|thinking of|looking to)"
            r"(?: (?:to|watch|see|watching|seeing|be|get|anything|something|any|too|a|an|another|"
            r"much|overly|that|is|really|very|super))*(?: like)?",
        ),
        (
            Stance.AVOID,
            r"(?:never|do not|please do not|dont|not|stop|quit) (?:ever )?(?:show|recommend|"
            r"suggest|give|showing|recommending|suggesting|giving|offer|send|bring up)(?: me)?"
            r"(?: (?:any|more|anything|a|another|like))*",
        ),
        (
            Stance.UNSEEN,
            r"(?:do|did) not (?:really |even )?(?:think|believe|remember|recall)(?: (?:that|if|i|we|"
            r"ever|have|even))* (?:seen|saw|seeing|watched|watching|watch)",
        ),
        (
            Stance.AVOID,
            r"(?:do|did) not think (?:that )?(?:i|we|she|he|they|my \w+) (?:will|would|want|am|can|"
            r"could|should)(?: (?:be|really|want|like|enjoy|watch|see|care|to|for|into|the|sound|of|"
            r"interested|in))*",
        ),
        (
            Stance.DISLIKE,
            rf"(?:do|did) not think (?:that )?(?:i|we) {_ADV}(?:{_LIKE_VERB})(?: the (?:sound|look|idea) "
            r"of)?",
        ),
        (
            Stance.DISLIKE,
            r"(?:my )?least (?:favourite|liked|fav)(?: (?:§noun|genres?|actors?|ones?|is|are|was|of))*",
        ),
        # Likes that are not.
        (
            Stance.LIKE,
            r"(?:(?:can|could) not|never) (?:seem to )?(?:get enough|go wrong)(?: of| with)?",
        ),
        (Stance.WANT, r"(?:would|will) not (?:really )?(?:mind|say no to|hurt to)"),
        (
            Stance.LIKE,
            rf"{_NOT} {_ADV}(?:at all )?(?:disappointed|bored|let down|sorry about|sorry i saw|"
            r"annoyed|put off|regret(?:ted|ting)?|complain(?:ing)?(?: about)?|tired of|sick of)"
            r"(?: (?:by|with|in|of|about|watching|seeing))*",
        ),
        (Stance.LIKE, rf"{_NOT} {_ADV}(?:hated?|disliked?|mind(?:ed)?|opposed to|against)"),
        (Stance.LIKE, rf"{_NOT} (?:only|just) {_ADV}{_LIKE_VERB}"),
        (Stance.LIKE, r"(?:who|how) (?:does|could|can|do)(?: you)? not (?:like|love)"),
        (
            Stance.DISLIKE,
            rf"{_NOT} {_ADV}(?:to )?(?:{_LIKE_VERB}|{_LIKE_NOUN}|prefer|care(?:d)? (?:too much |much "
            r"|a lot )?(?:for|about|of)|get(?: into)?|got into|gotten into|understand|understood|"
            r"rate|recommend|dig|(?:an? )?\w+ fan of|the biggest fan of|a fan|"
            r"(?:a )?lover of|favourite)(?: (?:of|watching|seeing))*",
        ),
        (Stance.DISLIKE, r"used to (?:really )?(?:like|love|enjoy|adore|be into|be a fan of)"),
        (
            Stance.DISLIKE,
            r"(?:hate[ds]?|hating|dislike[ds]?|despise[ds]?|loathe[ds]?|detest(?:ed|s)?|"
            r"(?:can|could|will|does|do) not (?:stand|bear|take|get into|do|handle|deal with|"
            r"tolerate|finish|watch|sit through|even|get through)(?: watching)?|"
            r"sick of|tired of|bored (?:of|by|with)|fed up with|disappointed (?:by|with|in)|"
            r"(?:so|am|are|totally|kinda|completely) over(?= §)|"
            r"put off by|(?:fall|fell) asleep (?:during|in|watching|at)|allergic to|afraid of|"
            r"scared of|regret(?:ted)?(?: watching)?|had enough (?:of)?|enough of|over with|"
            r"done with|too scared (?:for|of|to watch)|get bored (?:by|with|of)|lost interest in|"
            r"stay away from|steer clear of|wasted my time (?:on|with))",
        ),
        # Not seen.
        (
            Stance.UNSEEN,
            rf"(?:have|has|had|did|do|haven|hav) not {_OFTEN}(?:{_SEE}|heard of|heard about|heard|"
            r"tried|caught|got(?:ten)? (?:around )?to(?: \w+)?|get (?:around )?to(?: \w+)?|"
            r"had (?:a |the )?chance to \w+|been able to \w+|checked out|looked into|gone to see)",
        ),
        (
            Stance.UNSEEN,
            rf"(?:(?:have|has|had) )?(?:never|not yet|not) (?:actually |even |really |yet |personally |ever )*(?:{_SEE}|"
            r"heard of|heard about|heard|got to see|got around to|tried)",
        ),
        (
            Stance.UNSEEN,
            r"(?:yet to (?:see|watch)|neither of|missed(?: seeing)?|do not know|not familiar with|"
            r"unfamiliar with|not sure (?:if|i|about))",
        ),
        # Wanting to see an item.
        (
            Stance.WANT,
            r"(?:(?:would|will|should|must|might|may|could|have to|got to|going to|want to|need to|"
            r"like to|love to|have been meaning to|been wanting to|been meaning to|plan to|"
            r"planning to|wanting to|wanted to|excited to|let us|definitely|hoping to|try to|"
            r"looking to|interested in|decided to|dying to)(?: (?:definitely|probably|maybe|have to|"
            r"just|also|really|try to|try and|go|be|most|likely|actually|get|to|go with))*) ?"
            r"(?:see(?:ing)?|watch(?:ing)?|rewatch|try|check(?:ing)?(?: out)?|go with|look (?:for|"
            r"into|up)|add|pick|rent|give|find|take|get|stream|start with|put on)",
        ),
        (
            Stance.WANT,
            r"(?:check out|checking out|putting on|put on|starting with|looking forward to|excited (?:for|about)|going with|"
            r"go with|let us do|i will take)",
        ),
        # Seen.
        (
            Stance.SEEN,
            rf"(?:have |has |had )?{_OFTEN}(?:saw|seen|watched|rewatched|re watched|"
            r"finished watching|been watching|been to see|finished)(?: (?:all|most|every|both))?"
            r"(?: of)?",
        ),
        # Liking.
        (
            None,  # "something like", "movies like": keeps a refusal, else a wish
            r"(?:something|anything|someting|nothing|stuff|ones?|more|else|things?|similar|much|"
            r"kinds?|sorts?|types?|just|shows?|looks?|feels?|§\d+|e g|eg|lines|vein|maybe|along|"
            r"§noun|that is|that are|are|is|was|were|bit|exactly|a lot|preferably|like)"
            r"(?: is| are| was)?(?: ,)? like",
        ),
        (
            Stance.LIKE,
            rf"{_ADV}(?:{_LIKE_VERB}|{_LIKE_NOUN}|my (?:all time |absolute |personal |other |new |"
            r"current )*(?:favourite|top|go to|jam)(?: (?:§noun|genre|genres|kind|type|one|actor|"
            r"actress|director|star|ever|of all time|actors|directors|would be|are|is|was|include|"
            r"includes|movie|film|have to be|has to be|being|probably))*|favourite(?: (?:§noun|"
            r"genres?|actors?|actress|directors?|are|is|was|would be|include|ones?|of all time))*|"
            r"grew up (?:on|with|watching)|binge(?:d)?|fall for|get into|got into|addicted to)"
            r"(?: watching| seeing)?",
        ),
        (Stance.LIKE, r"(?:usually|mostly|always|often|mainly|normally|only|tend to) watch"),
        # Refusals by determiner; they reach over "or" lists only.
        (
            Stance.AVOID,
            r"(?:no more|nothing (?:too|very|that is|overly|with|like|so|super|involving|but)|"
            r"nothing|without(?: any| too much)?|anything (?:but|except|besides|other than)|"
            r"everything but|avoid(?:ing)?|except(?: for)?|other than|besides|apart from|"
            r"aside from|unlike|less|fewer|minus|rather than|instead of|sans|skip(?: the)?|"
            r"free of|not (?:like|another|anything like|something like)|"
            r"no(?! (?:,|i|we|thanks?|problem|idea|but|it|way|never|have|not|did|do|am|that|this|"
            r"he|she|you|the|my|sorry|because|was|is|please|just|worries|matter|doubt|preference|"
            r"one|clue|particular|rush|seriously|like|lol|really|need|maybe|any)(?: |$))"
            r"(?: (?:too|much|any|super))*)",
        ),
        (
            Stance.AVOID,
            r"(?:but |and |just |please |so |though |maybe )?(?:not|non|never|nor|neither)"
            r"(?! (?:only|just|sure|bad|really sure|yet))"
            r"(?: (?:too|so|very|really|a|an|any|the|that|super|overly|necessarily|much|another|"
            r"more|as|quite|for|in|with|full of|lots of))*(?= §)",
        ),
        # Asking and wishing.
        (
            Stance.WANT,
            r"(?:looking|look|searching|search|hoping|wishing|hunting|asking|longing|in search)"
            r" (?:for|of)(?: (?:something|anything|a|an|some|good|more))*",
        ),
        (
            Stance.WANT,
            r"(?:want(?:ed|s|ing)?|need(?:ed|s|ing)?|give me|show me|find me|get me|recommend(?:"
            r"ations?|ation)?(?: for| me)?|suggest(?:ions?)?(?: for| me)?|in the mood for|"
            r"in a mood for|mood for|feel(?:ing)? like|fancy|crav(?:e|ing)|interested in|up for|"
            r"got any|have any|know any|know of|any|some|something|someting|anything|another|more|"
            r"would like|would love|could use|could go for|prefer(?:ably)?|ready for|open to|"
            r"similar to|such as|as in|along the lines of|in the vein of|let us watch|let us see|"
            r"let us do|maybe|perhaps|how about|what about|ideally|especially|particularly|specifically|only|just|bring on|must be|"
            r"should be|needs to be|has to be|make it|as long as it is|go for|leaning towards?|"
            r"rather(?: (?:watch|see|have))?|thinking|why not|wondering|do you have|similar)"
            r"(?: (?:a|an|to watch|to see|like|good|great|really))*",
        ),
        (Stance.WANT, r"^(?:like|for|with|by|from|a|an|in)"),
        (Stance.SAVE, r"(?:save|bookmark|remember|watchlist|keep|put|add)"),
    )
)
