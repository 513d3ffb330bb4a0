"""What is said of a thing after it was named ("… was dull"), or of no thing at all ("great!").

Owns the predicates and the pronouns that stand for what was spoken of. Cues that come before a
mention are left to `cues`, how both are put together to `stance`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from collections.abc import Sequence

from bot.core import patterns
from bot.understanding.linking.mentions import Mention, Stance
from bot.understanding.sentences import MARK
from bot.understanding.text import fold

GOOD = (
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
BAD = (
    r"(?:bad|boring|terrible|awful|horrible|overrated|dull|disappointing|stupid|lame|dumb|trash|"
    r"garbage|rubbish|crap(?:py)?|mess|silly|weak|meh|worst|sappy|waste|slow|annoying|"
    r"ridiculous|pointless|tedious|forgettable|predictable|cheesy|corny|gross|disgusting|"
    r"pretentious|confusing|unwatchable|bland|worse|a (?:let ?down|bore|drag|snooze|"
    r"disappointment|mess|waste)|depressing|shit(?:ty)?|sucky|poor|nonsense|atrocious|dreadful|"
    r"mediocre|childish|ugly|hated|disliked|not (?:good|great|funny))"
)
BE = (
    r"(?:is|are|was|were|has been|have been|looks?|looked|sounds?|sounded|seems?|seemed|felt|feels|"
    r"will be|would be|might be|turned out|can be|must be)"
)
_PROMISING = r"(?:looks?|sounds?|seems?|would be|might be|could be|will be)"
INTENSE = (
    r"(?:(?:a|an|the|so|very|really|such|pretty|just|also|absolutely|quite|one of|my|all time|"
    r"super|truly|always|our|his|her|the kids|kids|my kids|wifes|familys|family|definitely|both|all|kinda|kind of|actually|honestly|totally|of|simply|"
    r"still|another|extremely|soo+|sooo*|what|great|good|the most|most|always been|been|too|even|"
    r"in my opinion|imo|probably|rather|bit|little|big|old|fun|true|real|like|movie|film|§noun|"
    r"way|somewhat|ever|ok but|good and|as|more|much|far|by far) )*"
)
AFTER: tuple[tuple[Stance, patterns.Pattern[str]], ...] = tuple(
    (stance, patterns.compile(rf"{pattern}(?= |$)"))
    for stance, pattern in (
        (
            Stance.SEEN,
            r"(?:i|we) (?:have )?(?:already |just |actually |also )*(?:seen|watched|saw)"
            r"(?: (?:already|before|twice|too|yesterday|recently))*(?= ,| but| and|$)",
        ),
        (
            Stance.DISLIKE,
            rf"(?:{BE}|did|does|do|has|have|would|will) not {INTENSE}(?:{GOOD}|my (?:thing|cup of "
            r"tea|style|type|kind|jam|taste|favourite|genre)|for (?:me|us|everyone)|do (?:it|much|"
            r"anything) for (?:me|us)|appeal|interest me|interesting|impress|work for me|it for me|"
            r"that (?:good|great|funny|scary)|hold up|grab me|click|worth)",
        ),
        (Stance.DISLIKE, r"not (?:my (?:thing|cup of tea|style|type|jam|taste|favourite)|for me|so much|really)"),
        (Stance.DISLIKE, rf"{BE} nothing special"),
        (
            Stance.LIKE,
            r"(?:did|does|do|will|would|has|never|could) (?:not |never )?(?:really |ever )?"
            r"(?<!did )(?<!does )(?<!do )(?<!will )(?<!would )(?<!has )(?<!could )"
            r"(?:disappoint(?:s|ed)?|suck(?:s|ed)?|bore(?:s|d)? me|let me down|fails?)",
        ),
        (
            Stance.LIKE,
            rf"(?:{BE}) not {INTENSE}(?:{BAD})",
        ),
        (Stance.DISLIKE, rf"{BE} {INTENSE}too \w+"),
        (Stance.DISLIKE, rf"(?:{BE} )(?!not){INTENSE}(?:{BAD})"),
        (
            Stance.WANT,
            rf"(?:{_PROMISING} )(?!not){INTENSE}(?:{GOOD}|tempting|right up|promising|like)",
        ),
        (Stance.LIKE, rf"(?:{BE} )(?!not){INTENSE}(?:{GOOD})"),
        (
            Stance.DISLIKE,
            r"(?:(?:did|does) nothing for (?:me|us)|is a no from me|sucks?|sucked|stinks?|stunk|bored me|bores? me|scares? me|let me down|"
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
        (Stance.LIKE, rf"(?:, |- |\( ?)?{INTENSE}(?:{GOOD})(?: (?:§noun|movie|film|one|stuff|too))?$"),
        (Stance.LIKE, r"did(?: too| though)?$"),
        (Stance.LIKE, r"(?:yes|yep|yeah)(?= ,| but|$)"),
        (Stance.DISLIKE, r"no$"),
        (Stance.LIKE, r"(?:person|guy|gal|girl|man|woman|buff|fan|lover|nut|junkie)(?= |$)"),
        (Stance.LIKE, r"is the only (?:\S+ )+i (?:can|could|ever|really|do)"),
        (Stance.DISLIKE, r"did not$"),
        (Stance.LIKE, rf"(?:(?:both|all|too|also|itself|though|in general|series|§noun|movies?|films?) )+(?:{BE}) {INTENSE}(?:{GOOD})"),
        (Stance.DISLIKE, rf"(?:(?:both|all|too|also|itself|though|in general|series|§noun|movies?|films?) )+(?:{BE}) {INTENSE}(?:{BAD})"),
        (Stance.DISLIKE, rf"(?:(?:both|all|too|series|§noun|movies?|films?) )+(?:sucks?|bores? me|scares? me|(?:{BE}|do|does) not (?:my|for|really my|really for|do it|much my))"),
    )
)  # fmt: skip
FOUND = patterns.compile(
    r"(?:i |we |he |she |they |just |have |really )*(?:found|thought|think|find|consider|thinking) "
    r"(?:that )?$"
)
FOUND_AFTER = (
    (
        Stance.DISLIKE,
        patterns.compile(rf"(?:to be )?{INTENSE}(?:too \w+|not {INTENSE}{GOOD}|{BAD})"),
    ),
    (Stance.LIKE, patterns.compile(rf"(?:to be )?{INTENSE}(?:{GOOD})")),
)
_PRONOUN = (
    r"(?:that one|this one|that movie|this movie|the movie|that film|this film|that show|"
    r"that §noun|this §noun|the §noun|those §noun|these §noun|those movies|these movies|"
    r"those films|all of (?:them|those|these)|both of (?:them|those|these)|them all|"
    r"these|those|them|both|they|it|that|this)"
)
PLURAL = patterns.compile(r"all of|both|them|those|these|they")
POINTING = patterns.compile(r"(?:that|this) (?:one|movie|film|§noun)")
SUBJECT = patterns.compile(
    rf"(?:(?<= )|^){_PRONOUN}(?= (?:{BE}|sucked|sucks|rocks?|rocked|made me|bored me|did|scared me|was|§)\b)"
)
OBJECT = patterns.compile(
    rf"(?:(?<= )|^){_PRONOUN}(?= (?!(?:i|you|we|he|she|is|are|was|were|when|where|how|it|kind|type|sort|type of|genre|have|has)(?: |$)|§)|$)"
)
CRITICAL = patterns.compile(
    r"(?:all |both |way |a bit |a little |just )*(?:is|are|was|were) (?:all |both |way |a bit |a little |just |far |much )*too \w+"
)
LISTED = patterns.compile(r"^(?:(?: (?:,|and|or|/|plus|also|then|the|with|starring))* §\d+)+")
BUT_NOT = patterns.compile(r",? ?but not (?:the )?§\d")


def said_after(
    text: str, start: int, end: int, mentions: Sequence[Mention], *, seen: bool = False
) -> Stance | None:
    """What is said of the mention at ``[start:end]``, or of the list it stands in, after it.

    With `seen`, "but not §2" takes nothing from it.
    """
    rest = text[end:]
    if BUT_NOT.match(rest) and not seen:
        return Stance.LIKE
    rest = _spoken(rest, mentions)
    rest = LISTED.sub("", rest)
    rest = patterns.sub(
        r"^ ?(?:,|§noun|series|one|too|both|all|itself|that|which|from \d+)(?= )", "", rest
    ).strip()
    rest = patterns.sub(
        r"^(?:and |so |because |since )?(?:i (?:think|thought|feel|felt|found|guess) )?(?:it|that|they|which|that one|those|those ones|both|all|this)(?: both| all)? (?=(?:is|was|were|are|has|have|had|did|does|made|really|sucked|looks|looked|sounds)\b)",
        "",
        rest,
    )
    if FOUND.search(text[:start].split("§")[-1].split(" , ")[-1].replace("the ", "")):
        for stance, pattern in FOUND_AFTER:
            if pattern.match(rest):
                return stance
    for stance, pattern in AFTER:
        match = pattern.match(rest)
        if match:
            return stance
    return None


def _spoken(text: str, mentions: Sequence[Mention]) -> str:
    """`text` with describing words (*funny*) as words again, to be read as predicates."""

    def word(match: patterns.Match[str]) -> str:
        mention = mentions[int(match[1])]
        return fold(mention.text) if mention.opinion else match[0]

    return MARK.sub(word, text)
