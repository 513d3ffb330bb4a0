"""What a person thinks of each thing they mention: liked, disliked, wanted, avoided, seen, ….

A sentence is read left to right as a row of words with the mentions in their places. A cue before
a mention governs it and those listed after it; what is said of it afterwards (*… was dull*) wins
over that. *But* starts afresh, and a question states nothing. How statements become an
`Understanding` is left to `understander`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.understanding.mentions import Kind, Mention
from bot.understanding.text import SHORT_FORMS, Token, expand, fold


class Stance(StrEnum):
    """What is said about a thing."""

    LIKE = "like"
    DISLIKE = "dislike"
    WANT = "want"  # wished for now
    AVOID = "avoid"  # unwanted now
    SEEN = "seen"
    UNSEEN = "unseen"
    SAVE = "save"
    NOT_NOW = "not_now"
    FORGET = "forget"
    NEUTRAL = "neutral"


@dataclass(frozen=True, slots=True)
class Statement:
    """`stance` towards the mention at `mention` in the message's list of mentions, or, when None,
    towards what was spoken of before (`plural` when several things are meant)."""

    mention: int | None
    stance: Stance
    plural: bool = False
    own: bool = False  # of this message only: never of what was shown before it


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as `text` with mentions as ``§0``, ``§1``, …; numbers count over the message."""

    text: str
    question: bool
    mentions: tuple[int, ...]


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
_CUES: tuple[tuple[Stance | None, re.Pattern[str]], ...] = tuple(
    (stance, re.compile(rf"(?:(?<= )|^){pattern}(?= |$)"))
    for stance, pattern in (
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
        # Questions to the bot state nothing.
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
            r"going for|searching for|go for|sure about|thinking of|looking to)"
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
            r"more|as|quite|for|in))*(?= §)",
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
            r"let us do|maybe|perhaps|how about|what about|ideally|only|just|bring on|must be|"
            r"should be|needs to be|has to be|make it|as long as it is|go for|leaning towards?|"
            r"rather(?: (?:watch|see|have))?|thinking|why not|wondering|do you have|similar)"
            r"(?: (?:a|an|to watch|to see|like|good|great|really))*",
        ),
        (Stance.WANT, r"^(?:like|for|with|by|from|a|an|in)"),
        (Stance.SAVE, r"(?:save|bookmark|remember|watchlist|keep|put|add)"),
    )
)
_ASIDE = re.compile(r"(?:other than|besides|apart from|aside from|except)")
_MAYBE = re.compile(r"(?:how|what) about\b")

_GOOD = (
    r"(?:great|good|gr8|awesome|amazing|amazin|awsome|excellent|excelent|fantastic|wonderful|"
    r"brilliant|perfect|fun|funny|hilarious|beautiful|best|favourite|classics?|masterpieces?|"
    r"cute|sweet|cool|incredible|superb|entertaining|enjoyable|solid|decent|favourites|nice|"
    r"lovely|outstanding|phenomenal|terrific|stunning|touching|adorable|legendary|gem|gold|"
    r"genius|better|memorable|magnificent|creepy|scary|intense|epic|impressive|badass|dope|lit|"
    r"neat|charming|moving|hysterical|underrated|unforgettable|interesting|fascinating|gripping|"
    r"well (?:done|made)|a (?:blast|delight|joy|riot|hit|treat|must see|good time|winner)|"
    r"favs?|timeless|terrifying|spooky|suspenseful|thrilling|romantic|frightening|top notch|spectacular|superb|exciting|spot on|goodie|one of a kind|"
    r"(?:that |one )?(?:that )?(?:i|we) (?:really |also )*(?:like|love|liked|loved|enjoyed|enjoy)|"
    r"love(?:ly|able)|so sad|rewatchable|up there)"
)
_BAD = (
    r"(?:bad|boring|terrible|awful|horrible|overrated|dull|disappointing|stupid|lame|dumb|trash|"
    r"garbage|rubbish|crap(?:py)?|mess|silly|weak|meh|worst|sappy|waste|slow|annoying|"
    r"ridiculous|pointless|tedious|forgettable|predictable|cheesy|corny|gross|disgusting|"
    r"pretentious|confusing|unwatchable|bland|worse|a (?:let ?down|bore|drag|snooze|"
    r"disappointment|mess|waste)|depressing|shit(?:ty)?|sucky|poor|nonsense|atrocious|dreadful|"
    r"mediocre|childish|ugly|hated|disliked|not (?:good|great|funny))"
)
_BE = (
    r"(?:is|are|was|were|has been|have been|looks?|looked|sounds?|sounded|seems?|seemed|felt|feels|"
    r"will be|would be|might be|turned out|can be|must be)"
)
_PROMISING = r"(?:looks?|sounds?|seems?|would be|might be|could be|will be)"
_INTENSE = (
    r"(?:(?:a|an|the|so|very|really|such|pretty|just|also|absolutely|quite|one of|my|all time|"
    r"super|truly|always|our|his|her|the kids|kids|my kids|wifes|familys|family|definitely|both|all|kinda|kind of|actually|honestly|totally|of|simply|"
    r"still|another|extremely|soo+|sooo*|what|great|good|the most|most|always been|been|too|even|"
    r"in my opinion|imo|probably|rather|bit|little|big|old|fun|true|real|like|movie|film|§noun|"
    r"way|somewhat|ever|ok but|good and|as|more|much|far|by far) )*"
)
_AFTER: tuple[tuple[Stance, re.Pattern[str]], ...] = tuple(
    (stance, re.compile(rf"{pattern}(?= |$)"))
    for stance, pattern in (
        (
            Stance.DISLIKE,
            rf"(?:{_BE}|did|does|do|has|have|would|will) not {_INTENSE}(?:{_GOOD}|my (?:thing|cup of "
            r"tea|style|type|kind|jam|taste|favourite|genre)|for (?:me|us|everyone)|do (?:it|much|"
            r"anything) for (?:me|us)|appeal|interest me|interesting|impress|work for me|it for me|"
            r"that (?:good|great|funny|scary)|hold up|grab me|click|worth)",
        ),
        (Stance.DISLIKE, r"not (?:my (?:thing|cup of tea|style|type|jam|taste|favourite)|for me|so much|really)"),
        (Stance.DISLIKE, rf"{_BE} nothing special"),
        (
            Stance.LIKE,
            rf"(?:{_BE}) not {_INTENSE}(?:{_BAD})",
        ),
        (Stance.DISLIKE, rf"{_BE} {_INTENSE}too \w+"),
        (Stance.DISLIKE, rf"(?:{_BE} )(?!not){_INTENSE}(?:{_BAD})"),
        (
            Stance.WANT,
            rf"(?:{_PROMISING} )(?!not){_INTENSE}(?:{_GOOD}|tempting|right up|promising|like)",
        ),
        (Stance.LIKE, rf"(?:{_BE} )(?!not){_INTENSE}(?:{_GOOD})"),
        (
            Stance.DISLIKE,
            r"(?:sucks?|sucked|stinks?|stunk|bored me|bores? me|scares? me|let me down|"
            r"disappointed(?: me)?|put me to sleep|puts me to sleep|annoys? me|annoyed me|"
            r"gives? me (?:nightmares|the creeps)|freaks? me out|creeps? me out|ruined|"
            r"depress(?:es)? me|, (?:no thanks?|hated|boring|meh|yuck|ugh|nope)|"
            r"(?:no thanks?|yuck|ugh|nope)|leaves? me cold|left me cold|dragged|drags)",
        ),
        (Stance.DISLIKE, r"(?:\? |, |- )?(?:no thanks?|hard pass|hard no|yuck|ugh|nah|i will pass|pass$)"),
        (
            Stance.LIKE,
            r"(?:rocks?|rocked|rules|ruled|slaps|blew me away|cracks? me up|cracked me up|"
            r"made me (?:laugh|cry|smile|feel|happy|think)|makes? me (?:laugh|cry|smile|feel|happy)|"
            r"grew on me|never gets old|holds up|is the bomb|gets? me every time|got me hooked|"
            r"scared me|hooked me|all the way|(?:a )?(?:huge |big )?fan(?:s|atic)?(?: here)?(?= |$)|"
            r"lover|i (?:really |also |absolutely )?(?:love|loved|like|liked|enjoyed))",
        ),
        (Stance.LIKE, rf"(?:, |- |\( ?)?{_INTENSE}(?:{_GOOD})(?: (?:§noun|movie|film|one|stuff|too))?$"),
        (Stance.LIKE, r"did(?: too| though)?$"),
        (Stance.LIKE, r"(?:yes|yep|yeah)(?= ,| but|$)"),
        (Stance.DISLIKE, r"no$"),
        (Stance.LIKE, r"(?:person|guy|gal|girl|man|woman|buff|fan|lover|nut|junkie)(?= |$)"),
        (Stance.LIKE, r"is the only (?:\S+ )+i (?:can|could|ever|really|do)"),
        (Stance.DISLIKE, r"did not$"),
        (Stance.LIKE, rf"(?:(?:both|all|too|also|itself|though|in general|series|§noun|movies?|films?) )+(?:{_BE}) {_INTENSE}(?:{_GOOD})"),
        (Stance.DISLIKE, rf"(?:(?:both|all|too|also|itself|though|in general|series|§noun|movies?|films?) )+(?:{_BE}) {_INTENSE}(?:{_BAD})"),
        (Stance.DISLIKE, rf"(?:(?:both|all|too|series|§noun|movies?|films?) )+(?:sucks?|bores? me|scares? me|(?:{_BE}|do|does) not (?:my|for|really my|really for|do it|much my))"),
    )
)  # fmt: skip
_FOUND = re.compile(
    rf"(?:i |we |he |she |they |just |have |really )*(?:found|thought|think|find|consider|thinking) "
    rf"(?:that )?$"
)
_FOUND_AFTER = (
    (Stance.DISLIKE, re.compile(rf"(?:to be )?{_INTENSE}(?:too \w+|not {_INTENSE}{_GOOD}|{_BAD})")),
    (Stance.LIKE, re.compile(rf"(?:to be )?{_INTENSE}(?:{_GOOD})")),
)
_PRONOUN = (
    r"(?:that one|this one|that movie|this movie|the movie|that film|this film|that show|"
    r"that §noun|this §noun|the §noun|those §noun|these §noun|those movies|these movies|"
    r"those films|all of (?:them|those|these)|both of (?:them|those|these)|them all|"
    r"these|those|them|both|they|it|that|this)"
)
_PLURAL = re.compile(r"all of|both|them|those|these|they")
_POINTING = re.compile(r"(?:that|this) (?:one|movie|film|§noun)")
_SUBJECT = re.compile(
    rf"(?:(?<= )|^){_PRONOUN}(?= (?:{_BE}|sucked|sucks|rocks?|rocked|made me|bored me|did|scared me|was|§)\b)"
)
_OBJECT = re.compile(
    rf"(?:(?<= )|^){_PRONOUN}(?= (?!(?:i|you|we|he|she|is|are|was|were|when|where|how|it|kind|type|sort|type of|genre|have|has)(?: |$)|§)|$)"
)
_CONTRAST = re.compile(r"(?:(?<= )|^)(?:but|however|though|although|yet|whereas|while|tho)(?= |$)")
_QUESTION_START = re.compile(
    r"(?:and |so |but |oh |ok |okay |hm+ |well |no |yes |, )*(?:is|was|are|were|does|did|has|who|what|"
    r"when|which|how|where|whats|any good|seen|ever seen|watched|you seen|isn|would|is not|was not|are not|did not)\b"
)
_MARK = re.compile(r"§(\d+)")
_COPULA_BEFORE = re.compile(
    r"(?:(?:^| )(?:it|that|this|he|she|they|§\d+|which|one|movie|film|§noun|those|these|plot|story|acting|"
    r"trailer|ending) "
    rf"(?:{_BE}|had|has)(?: not)? (?:(?!for |like |want |about )\w+ ){{0,4}}|\b(?:so|too|very|how) )$"
)
_KEEPS_WISH = re.compile(
    r"\b(?:something|anything|one|ones|movies?|films?|§noun|as long as|make sure|needs|wants?|if) "
    r"(?:that |which |it |they |to )?(?:is|are|be|was|has|have)\b[^§,]*$"
)


_SIMILAR = re.compile(
    r"(?:(?<= )|^)(?:(?:something|anything|any|others?|more|§noun|ones?|stuff|else) )*"
    r"(?:similar|like (?:that|it|this|those|these|them))(?: §noun)?(?= |$)(?! to)"
)
_REFUSED = re.compile(r"(?:no thanks?|no thank you|nope|nah|hard pass|pass|not for me|no way)\b")
_PREFERRED = re.compile(r"(?<=prefer )((?:§\d+|\S+ §\d+)) (?:to|over) ")
_SAME = re.compile(
    r"(?:so|as) (?:was|is|were|are|did|does)$|(?:same (?:with|for|goes for)|also|ditto)$"
)
_CRITICAL = re.compile(
    r"(?:all |both |way |a bit |a little |just )*(?:is|are|was|were) (?:all |both |way |a bit |a little |just |far |much )*too \w+"
)
_LISTED = re.compile(r"^(?:(?: (?:,|and|or|/|plus|also|then|the|with|starring))* §\d+)+")
_BUT_NOT = re.compile(r",? ?but not (?:the )?§\d")


def sentences_of(
    tokens: Sequence[Token], mentions: Sequence[Mention], nouns: frozenset[str]
) -> list[Sentence]:
    """The message cut at full stops, question marks and line ends, mentions in their places."""
    starts = {mention.start: number for number, mention in enumerate(mentions)}
    sentences: list[Sentence] = []
    parts: list[str] = []
    inside: list[int] = []

    def close(question: bool) -> None:
        if parts:
            text = expand(" ".join(parts))
            sentences.append(Sentence(" ".join(text.split()), question, tuple(inside)))
        elif question and sentences and not sentences[-1].question:
            sentences[-1] = Sentence(sentences[-1].text, True, sentences[-1].mentions)
        parts.clear()
        inside.clear()

    at = 0
    while at < len(tokens):
        number = starts.get(at)
        if number is not None:
            parts.append(f"§{number}")
            inside.append(number)
            at = mentions[number].end
            continue
        token = tokens[at]
        if token.breaks:
            close(token.raw == "?")
        elif token.word:
            full = SHORT_FORMS.get(token.raw.casefold().replace("’", "'"), token.word)
            parts.append("§noun" if token.word in nouns else full)
        elif token.raw in ",-–—(/:":
            parts.append("," if token.raw in ",:(" else token.raw)
        at += 1
    close(False)
    return sentences


_NOT_A = re.compile(
    r"\bnot (?:really |exactly )?(?:an? |the )?(?:(?:big|huge|great|massive|biggest) )*$"
)


def _is_fragment(text: str, start: int) -> bool:
    """Whether a sentence without a verb of its own is a wish: "comedy or drama, nothing long"."""
    clause = max(text.rfind(" , ", 0, start), text.rfind(" but ", 0, start), 0)
    stop = text.find(" , ", start)
    words = text[clause : stop if stop >= 0 else len(text)].split()
    plain = [
        word
        for word in words
        if not word.startswith("§") and word not in _FILLERS and len(word) > 1
    ]
    return len(plain) <= 2


_FILLERS = frozenset(
    """and or a an the but please now with from of in for by some good great really nice hi hello hey
    or yes yeah no ok okay maybe either type types kind kinds genre genres is are my me one to any
    would be works fine best top new old about probably definitely also too usually mostly movie
    film movies films lol haha well um hmm so like mainly both all sort sorts i guess tonight today
    watch something anything preferably""".split()
)


@dataclass(slots=True)
class _State:
    stance: Stance | None = None
    end: int = 0  # where its cue ended
    determiner: bool = False  # "no …": does not reach over a comma
    aside: bool = False  # "besides …": a refusal of values, a mere mention of items
    maybe: bool = False  # "what about …": a wish of values, a mere mention of items


class StanceReader:
    """Reads the stance of every mention, and of the pronouns that stand for earlier ones."""

    def __init__(self, mentions: Sequence[Mention]):
        self._mentions = mentions
        self._last: Stance | None = None

    def read(self, sentences: Sequence[Sentence]) -> Iterator[Statement]:
        """Statements in order; a mention may get several (seen and liked)."""
        for sentence in sentences:
            yield from self._sentence(sentence, self._mentions)

    def _spoken(self, text: str) -> str:
        """`text` with describing words (*funny*) as words again, to be read as predicates."""

        def word(match: re.Match[str]) -> str:
            mention = self._mentions[int(match[1])]
            return fold(mention.text) if mention.opinion else match[0]

        return _MARK.sub(word, text)

    def _sentence(self, sentence: Sentence, mentions: Sequence[Mention]) -> Iterator[Statement]:
        text = _PREFERRED.sub(r"\1 than ", sentence.text)
        asks = sentence.question and bool(_QUESTION_START.match(text))
        events = self._events(text)
        state = _State()
        previous: Stance | None = None
        stated = False
        for position, end, kind, value in events:
            if kind == "contrast":
                previous, state = state.stance, _State(end=end)
            elif kind == "comma":
                if state.determiner and not re.match(
                    r", (?:§\d+ )?(?:,? ?(?:or|nor|and)\b|no )", text[position:]
                ):
                    rest = text[position + 2 :]
                    if not re.match(r"§\d+ (?:, §\d+ )*,? ?(?:or|nor) §", rest):
                        previous, state = state.stance, _State(end=end)
            elif kind == "cue":
                state, previous = self._cue(value, text, position, end, state, previous)
            elif kind == "mention":
                number = int(str(value))
                for stance in self._of_mention(mentions[number], text, position, end, state, asks):
                    stated = True
                    if stance is not Stance.NEUTRAL:
                        self._last = stance
                    yield Statement(number, stance)
            elif kind == "pronoun":
                stance = None if asks else self._of_pronoun(text, position, end, state)
                if stance is None and _POINTING.match(text[position:end]):
                    stance = Stance.NEUTRAL
                if stance is not None:
                    stated = True
                    yield Statement(None, stance, bool(_PLURAL.match(text[position:end])))
        if not sentence.mentions and _SIMILAR.search(text) and "not" not in text.split():
            yield Statement(None, Stance.WANT, own=True)
        elif not sentence.mentions and _REFUSED.match(text):
            yield Statement(None, Stance.DISLIKE, own=True)
        if not stated and not sentence.mentions and not sentence.question:
            yield from self._without_object(text, state)

    def _events(self, text: str) -> list[tuple[int, int, str, object]]:
        events: list[tuple[int, int, str, object]] = []
        covered = [False] * (len(text) + 1)
        at = 0
        while at < len(text):
            if at == 0 or text[at - 1] == " ":
                found = self._cue_at(text, at)
                if found is not None:
                    stance, end = found
                    marks = list(_MARK.finditer(text, at, end))
                    for mark in marks:  # "comedies like": the mention stands in the cue
                        events.append((mark.start(), mark.end(), "mention", mark[1]))
                    events.append((at if not marks else marks[-1].end(), end, "cue", stance))
                    covered[at:end] = [True] * (end - at)
                    at = end + 1
                    continue
                mark_here = _MARK.match(text, at)
                if mark_here:
                    events.append((at, mark_here.end(), "mention", mark_here[1]))
                    covered[at : mark_here.end()] = [True] * (mark_here.end() - at)
                    at = mark_here.end() + 1
                    continue
                contrast = _CONTRAST.match(text, at)
                if contrast:
                    events.append((at, contrast.end(), "contrast", None))
                    at = contrast.end() + 1
                    continue
                if text[at] == ",":
                    events.append((at, at + 1, "comma", None))
                for pattern in (_SUBJECT, _OBJECT):
                    pronoun = pattern.match(text, at)
                    if pronoun:
                        events.append((at, pronoun.end(), "pronoun", None))
                        at = pronoun.end() - 1
                        break
            space = text.find(" ", at)
            at = len(text) if space < 0 else space + 1
        events.sort(key=lambda event: event[0])
        return events

    def _cue_at(self, text: str, at: int) -> tuple[Stance | None, int] | None:
        for stance, pattern in _CUES:
            match = pattern.match(text, at)
            if match and match.end() > at:
                return stance, match.end()
        return None

    def _cue(
        self,
        stance: object,
        text: str,
        start: int,
        end: int,
        state: _State,
        previous: Stance | None,
    ) -> tuple[_State, Stance | None]:
        words = text[start:end].strip()
        if stance is None:  # "… like"
            if state.stance in (Stance.AVOID, Stance.DISLIKE, Stance.FORGET) or "nothing" in words:
                return _State(Stance.AVOID, end), state.stance
            return _State(Stance.WANT, end), state.stance
        assert isinstance(stance, Stance)
        if stance is Stance.WANT:
            near = state.stance in (Stance.AVOID, Stance.DISLIKE) and (
                start - state.end <= 2 or words in ("any", "anything", "more", "something", "some")
            )
            if near and not words.startswith(("just", "only", "maybe", "but", "rather")):
                return _State(state.stance, end), previous
            if state.stance in (Stance.LIKE, Stance.NEUTRAL, Stance.SEEN, Stance.FORGET) and words in (
                "any", "some", "more", "something", "anything", "another", "just", "only", "similar",
                "suggestions", "recommendations", "thinking", "such as", "as in",
            ):  # fmt: skip
                asking = state.stance is Stance.NEUTRAL or state.stance is Stance.FORGET
                return (
                    _State(state.stance, end)
                    if not asking or start - state.end <= 12
                    else _State(stance, end)
                ), previous
        if stance is Stance.LIKE and state.stance in (Stance.AVOID, Stance.DISLIKE):
            if start - state.end <= 1 and words == "like":
                return _State(state.stance, end), previous
        if stance is Stance.AVOID and words.endswith(("not", "non")) and "but" in words:
            was = previous or state.stance
            if was in (Stance.SEEN,):
                return _State(Stance.UNSEEN, end), was
            return _State(Stance.DISLIKE if was is Stance.LIKE else Stance.AVOID, end, True), was
        determiner = (
            stance is Stance.AVOID
            and bool(
                re.match(
                    r"(?:no|not|nothing|without|non|less|minus|nor|and not|please not)\b", words
                )
            )
            and not re.search(r"\b(?:mood|want|look|interested|feel|show|recommend|suggest)", words)
        )
        seen = (state.stance, previous).count(Stance.SEEN) > 0
        aside = _ASIDE.match(words) is not None and (seen or not words.startswith("except"))
        return (
            _State(stance, end, determiner, aside, bool(_MAYBE.match(words))),
            state.stance,
        )

    def _of_mention(
        self,
        mention: Mention,
        text: str,
        start: int,
        end: int,
        state: _State,
        asks: bool,
    ) -> Iterator[Stance]:
        stance = state.stance
        after = self._predicate(text, start, end, stance is Stance.SEEN) if not asks else None
        if after is Stance.LIKE and _NOT_A.search(text[:start]):
            after = Stance.DISLIKE  # "not a big … fan"
        if stance is Stance.FORGET:
            yield Stance.FORGET
            return
        if mention.kind is Kind.VALUE:
            yield self._of_value(mention, text, start, end, state, asks, after)
            return
        if asks and stance in (Stance.WANT, Stance.LIKE, None):
            yield Stance.NEUTRAL if stance is not Stance.WANT else Stance.WANT
            return
        if after is not None:
            if stance is Stance.SEEN:
                yield Stance.SEEN
            yield after
            return
        if state.aside or (stance is Stance.WANT and state.maybe):
            yield Stance.NEUTRAL
            return
        if self._last is not None and _SAME.search(text[:start].rstrip().removesuffix(" the")):
            yield self._last
            return
        yield stance if stance is not None else Stance.NEUTRAL

    def _of_value(
        self,
        mention: Mention,
        text: str,
        start: int,
        end: int,
        state: _State,
        asks: bool,
        after: Stance | None,
    ) -> Stance:
        left, stance = text[:start], state.stance
        if after is not None and not mention.opinion and stance is not Stance.WANT:
            return after
        described = bool(_COPULA_BEFORE.search(left)) and not _KEEPS_WISH.search(left)
        if stance in (Stance.AVOID, Stance.DISLIKE) and start - state.end <= 30:
            return stance
        if described and (mention.opinion or stance is not Stance.WANT):
            return Stance.NEUTRAL
        if stance in (Stance.LIKE, Stance.WANT):
            return stance
        if stance is Stance.NEUTRAL or stance is Stance.SEEN or stance is Stance.UNSEEN or asks:
            return Stance.NEUTRAL
        if mention.opinion and mention.text.casefold().endswith("er"):
            return Stance.WANT
        if not _is_fragment(text, start):
            return Stance.NEUTRAL
        if mention.opinion:
            fragment = len(text.split()) <= 4 or text[end:].startswith(" §noun")
            return Stance.WANT if fragment and not described else Stance.NEUTRAL
        return Stance.WANT

    def _predicate(self, text: str, start: int, end: int, seen: bool = False) -> Stance | None:
        """What is said of a mention, or of the list it stands in, after it."""
        rest = text[end:]
        if _BUT_NOT.match(rest) and not seen:
            return Stance.LIKE
        rest = self._spoken(rest)
        rest = _LISTED.sub("", rest)
        rest = re.sub(
            r"^ ?(?:,|§noun|series|one|too|both|all|itself|that|which|from \d+)(?= )", "", rest
        ).strip()
        rest = re.sub(
            r"^(?:and |so |because |since )?(?:i (?:think|thought|feel|felt|found|guess) )?(?:it|that|they|which|that one|those|those ones|both|all|this)(?: both| all)? (?=(?:is|was|were|are|has|have|had|did|does|made|really|sucked|looks|looked|sounds)\b)",
            "",
            rest,
        )
        if _FOUND.search(text[:start].split("§")[-1].split(" , ")[-1].replace("the ", "")):
            for stance, pattern in _FOUND_AFTER:
                if pattern.match(rest):
                    return stance
        for stance, pattern in _AFTER:
            match = pattern.match(rest)
            if match:
                return stance
        return None

    def _of_pronoun(self, text: str, start: int, end: int, state: _State) -> Stance | None:
        if _CRITICAL.match(text[end:].strip()):
            return None  # "these are too long" corrects the suggestions, it does not judge them
        after = self._predicate(text, start, end)
        if after is not None:
            return after
        near = text[state.end : start].split()
        if len(near) > 3 or any(word.startswith("§") and word != "§noun" for word in near):
            return None
        if state.stance in (
            Stance.LIKE,
            Stance.DISLIKE,
            Stance.SEEN,
            Stance.SAVE,
            Stance.UNSEEN,
            Stance.FORGET,
        ):
            return state.stance
        if state.stance is Stance.WANT and re.search(
            r"(?:watch|see|seeing|try|check|out|into|up|with|add|take|for)$", text[: state.end]
        ):
            return Stance.WANT
        return None

    def _without_object(self, text: str, state: _State) -> Iterator[Statement]:
        """*Seen already.* *Loved every minute.* *Great movie!* — said of what came before."""
        bare = re.sub(
            r"^(?:(?:oh|ah|yes|yeah|yep|yup|no|ok|okay|well|wow|and|i|we|have|lol|haha|,) )+",
            "",
            text,
        )
        if state.stance in (Stance.SEEN, Stance.LIKE, Stance.DISLIKE, Stance.UNSEEN):
            tail = text[state.end :].split()
            if len(tail) <= 3 and not any(word.isdigit() for word in tail):
                yield Statement(None, state.stance, "all" in tail or "both" in tail)
            return
        if re.fullmatch(
            rf"(?:what |such |{_BE} )?{_INTENSE}(?:{_GOOD})(?: (?:§noun|movie|film|one|stuff|too))*",
            bare,
        ):
            if not re.match(
                r"(?:good|great|nice|cool|perfect|awesome|excellent|wonderful)(?: one)?$", bare
            ):
                yield Statement(None, Stance.LIKE)
        elif re.fullmatch(
            rf"(?:what |such |{_BE} )?{_INTENSE}(?:{_BAD})(?: (?:§noun|movie|film|one))*", bare
        ):
            yield Statement(None, Stance.DISLIKE)
