"""The words by which a message's purpose is known: greeting, thanking, asking, accepting, ….

Patterns run over sentences as `sentences.sentences_of` writes them, but that titles and references
stand as ``§i`` where `ACCEPT` reads. What they come to together is left to `intents`.
"""
# ruff: noqa: E501 - a pattern reads better in one piece

from __future__ import annotations

from bot.core import patterns

GREET = patterns.compile(
    r"^(?:hi+|hey+|hello+|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day)|(?:evening|morning|afternoon)(?= ,|$)|hola|sup|"
    r"heya|helo|hai|what is up|whats up|hi there|hey there)\b"
)
THANK = patterns.compile(
    r"\b(?:thanks?|thankyou|cheers|appreciate (?:it|the|your|that)|much obliged|grateful|tysm|thks)\b"
)
NO_THANKS = patterns.compile(r"\bno,? thanks?(?: you)?\b")
STOP = patterns.compile(
    r"\b(?:bye+|goodbye|good ?bye|good by|goodnight|good night|see (?:you|ya)(?: later| soon| around)?|farewell|"
    r"take care|have a (?:good|great|nice|wonderful|lovely|fantastic|awesome|blessed)(?: (?:one|day|night|evening|weekend|week|rest|time|"
    r"afternoon|morning|sunday|saturday|friday))|i am done|we are done|i am off|got to go|have to go|"
    r"that is (?:all|it|enough)(?: for (?:now|today|tonight|me))?(?= ,|$)|that will be all|stop (?:it|now|here)|quit|"
    r"exit|no more questions|ttyl|talk to you later|enough for (?:now|today|tonight)|i will stop here|"
    r"signing off|logging off|let us stop)\b|^stop$|^later$|^cya$|^end$"
)
SMALL = patterns.compile(
    r"\b(?:how (?:are|is|have|was) (?:you|it|your|things|everything|life)|how do you do|"
    r"you too|you are welcome|your welcome|youre welcome|no problem|same to you|nice to meet you|who are you|what are you|are you (?:a |an )?"
    r"(?:bot|human|robot|real|there|ai|person|machine)|i am (?:good|fine|great|well|ok|okay|doing|tired|bored)|what is your (?:name|favourite)|"
    r"lol|haha+|tell me a joke|nice chatting|good talking|what is new|do you sleep|my name is|nice weather)\b"
)
WHY = patterns.compile(
    r"\bwhy (?:did|do|would|are|is|that|this|the|these|those|those|§|should|have|him|her|it|not that)\b|^why(?: (?:that|this|so|these|those|it|though|§\d+|them|exactly))*$|"
    r"\bwhat makes you (?:think|recommend|suggest|say)|\bhow come\b|\breason (?:for|behind|you)|"
    r"\bexplain (?:why|that|your|this|the|it)|\bwhat made you\b|\bhow did you (?:pick|choose|come up|decide)|\bbased on what\b|\bfor what reason\b|\bjustify\b"
)
ASK_ITEM = patterns.compile(
    r"^(?:so |and |but |ok |okay |oh |hmm |, )*(?:who (?:directed|stars|starred|is in|was in|plays|played|made|wrote|is the|are the|were the|acts|is)|"
    r"what is (?:it|that|this|§\d+|the|that one)(?: \w+)* about|what is §|what was §|what year|what genres? (?:is|are)|when (?:was|did|is)|how (?:long|old|scary|violent) (?:is|was|are)|"
    r"is (?:it|that|this|§\d+|that one|there (?:a|any) (?:sequel|remake))|was (?:it|that|§\d+)|does (?:it|that|§\d+)|did (?:it|§\d+)|are (?:they|those|these|the)|tell me (?:more )?about|"
    r"any good$|what about (?:the )?(?:plot|cast|story)|is §|what language|what rating|which (?:actors|year|one is)|more (?:info|details|information)|"
    r"give me (?:more )?(?:details|info)|what do you know about|describe|where (?:was|can|is)|what kind of (?:§noun|movie|film) is|have you heard of)"
)
ANY_GOOD = patterns.compile(
    r"\b(?:is it (?:any )?(?:good|scary|worth|funny|about|like|on|a)|any good(?=$| ,)|worth (?:watching|seeing|it)|should i(?: watch| see)?|what is (?:it|that|this|that one|§\d+) about|tell me (?:more )?about|who (?:stars|directed|is in|acts)|have you heard of)\b"
)
ASKED = patterns.compile(
    r"\b(?:recommend|recommendations?|recommended|suggest|suggestions?|suggested|looking for|look for|find me|give me|show me|"
    r"in the mood for|want|need|any (?:good|other|more|new|great|ideas?)|something|anything|what should (?:i|we|me)|"
    r"what (?:can|could) (?:i|we) (?:watch|see)|what to (?:watch|see)|feel like|feeling like|fancy|craving|another|"
    r"would like|would love|help me|more like|searching for|in search of|do you (?:have|know)|got any|have any|have you got|what else|"
    r"similar|interested in|up for|make me|could use|could go for|how about|what about|let us watch|some good|"
    r"someone|hit me|next|more please|other ideas|ideas|what do you (?:have|got|recommend|suggest)|pick|choose|would not mind|prefer|rather)\b"
)
CRITIQUE = patterns.compile(
    r"^(?:ok |okay |yes |no |hmm |well |but |and |maybe |please |something |anything |can you |could you |got |have you got |do you have |, |a bit |a little |show me |give me |any(?:thing)? )*"
    r"(?:less|fewer|more (?!§)(?!please)(?!ideas)(?!suggestions)(?!recommendations)(?!options)(?!movies)\w+|(?:the )?same but|(?:that is |those are |they are |it is |this is )?(?:too|a bit too|way too) \w+|like (?:that|the §)|similar but|"
    r"not (?:so|that|as|quite)(?: \w+)?)"
)
ACCEPT = patterns.compile(
    r"^(?:oh |ok |okay |yes |yeah |wow |great |cool |, |hm+ )*(?:sounds? (?:\w+ )?(?:good|great|perfect|interesting|fun|awesome|nice|like a plan|right|lovely|amazing|cool)|perfect|"
    r"deal|done deal|i will (?:take|watch|try|check|go|give|add|see|look|definitely|have to|put|probably|def)|let us (?:watch|go with|do|try)|"
    r"(?:yes|yeah|yep|sure|ok|okay|yup|absolutely|definitely|alright|fine)(?: (?:please|sure|ok|great|thanks|thank you|that works|do it|go ahead|, please|, thanks|good|perfect|cool|definitely))*$|great (?:choice|pick|suggestion|idea)|"
    r"good (?:choice|pick|suggestion|idea|one)|nice (?:one|pick|choice)|works for me|i am in|why not$|sold|brilliant$|that works|that will do|excellent$|awesome$|great$|cool$|nice$)"
    r"|\b(?:i|we)(?: am| are)? (?:will|would|might|going to|should|shall|have to|need to|must|got to|can)(?: \w+){0,2} (?:check|watch|try|go with|look into|look for|see|give|add|rent|pick|look up|take|stream)(?: \w+){0,2}\b(?! a\b| something| anything| some\b| movie)"
    r"|\b(?:sounds?|looks?)(?: \w+)? (?:good|great|perfect|interesting|fun|awesome|nice|amazing|right up|cool|promising|lovely|excellent|like (?:fun|a good|a great|something i))\b"
    r"|\b(?:go(?:ing)? with|settle (?:on|for)|put on|take) (?:the |that |this )?(?:§|one|that|it)|\bcheck (?:it|that|them|those|this|§\d+|that one|both|these)(?: \w+){0,2} out|\bcheck out (?:it|that|them|those|this|§)|\b(?:want|would like|would love|love|like) to (?:see|watch|try|check) (?:it|that|this|them|those|§)"
    r"|\bon my list\b|\badd (?:it|that|them|those)|\bgreat (?:suggestions?|picks?|choices?|recommendations?|ideas?)|\bgood (?:suggestions?|picks?|choices?|recommendations?|ideas?)|§i (?:please|it is|then)$|^(?:the )?§i (?:please|sounds|looks)|\bsold$|\bputting on §i"
)
REJECT = patterns.compile(
    r"^(?:oh |hm+ |well |sorry |, |um+ |meh |ugh )*(?:no|nope|nah|naw|not really|none|pass|no way|neither|next|none (?:of|are)|not (?:for me|interested|that|those|these|this|the|my|into|feeling|a fan|really|quite|tonight|today|now)|"
    r"i do not (?:like|want|think|care)|do not (?:like|want))\b(?!.*\b(?:idea|clue|preference|problem|particular)\b)"
    r"|\b(?:none of|neither of|no thanks|no thank you|not interested|not (?:really )?(?:my (?:thing|cup of tea|style|taste|type)|for me|what i|into (?:it|that|those|this))|"
    r"do not (?:like|want) (?:any of |either of )?(?:it|that|those|them|these|this|any|either)|something else|anything else|"
    r"other suggestions|not (?:tonight|today|right now|in the mood)|do not (?:appeal|interest)|not a (?:big |huge )?fan of (?:it|that|those|them)|hard pass|i will pass|seen (?:it|that|those|them|both|all)\b.* (?:already|another|else))"
)
SEEN_REJECT = patterns.compile(r"\b(?:already|all of|before|both)\b|\bseen §\d+$")
UNDO = patterns.compile(
    r"^(?:please |can you |could you |oops |sorry |no |wait |, )*(?:undo|revert|roll ?back|go back|take (?:that|it) back|cancel (?:that|it|the last)|that was (?:a mistake|wrong|an accident)|"
    r"oops|i did not mean (?:that|it)|scratch that|strike that|never ?mind that|misclick(?:ed)?)\b"
)
FORGET = patterns.compile(
    r"\b(?:forget (?:that|what|about|everything|all|my|i|§)|ignore (?:what|that|my)|disregard|remove §|delete §|take back|"
    r"changed my mind|do not remember|erase|no longer (?:hate|dislike|like|love)|unlearn|scratch (?:what|the|my|§)|never ?mind (?:what|about|the|§))\b"
)
SKIP = patterns.compile(
    r"\b(?:skip(?: (?:it|this|that|the question|question|please))?$|just (?:show|give|recommend|suggest|tell|pick)(?: me)? (?:something|anything|whatever|a (?:§noun|movie|film)|some)|"
    r"surprise me|whatever(?: you (?:like|want|think))?$|anything(?: (?:is fine|works|goes|will do|good|really|at all))+|up for anything|"
    r"i do not (?:know|care|mind)(?: (?:really|honestly|yet))?$|no (?:idea|clue|preference|opinion|particular)|not sure(?: (?:really|yet|honestly|what i want|what to watch|what i am looking for))?$|"
    r"you (?:choose|decide|pick)|your (?:choice|pick|call)|dealers? choice|anything you (?:like|want|recommend|have)|random(?: one| §noun)?|"
    r"no preferences?|does not matter(?: to me)?$|open to (?:anything|everything|suggestions|whatever)|any(?:thing)? (?:is fine|works|will do|goes)|idk|dunno|hard to say|"
    r"next question|rather not say|pass$|any (?:§noun|movie|film|kind|type|genre)(?: (?:is fine|will do|works))|no questions|stop asking|enough questions|i am feeling lucky|i am easy|i like everything|i like anything|all genres)\b"
)
SAVE = patterns.compile(
    r"\b(?:save|bookmark|watch ?list|for later|remember §|keep §|add §\d+ to|put §\d+ on|add (?:it|that|this|that one|them) to)\b"
)
ASK_SELF = patterns.compile(
    r"\bwhat (?:do|did|have) you (?:know|remember|learn(?:ed|t)?|got|have|store|stored|saved|keep|think i like)(?: \w+){0,2} (?:about|on|of) (?:me|my taste|my tastes|myself)\b|"
    r"\b(?:show|tell) me (?:my (?:profile|taste|tastes|preferences|data)|what you (?:know|have|remember)(?: \w+){0,2} (?:about|on|of) me)\b|"
    r"\bwhat (?:are|is) my (?:taste|tastes|preferences|profile|likes)\b|\bwhat do i like\b|\bwhat have i (?:told you|said|liked)\b|\bdo you (?:remember|know) me\b"
)
DELETE = patterns.compile(
    r"\b(?:delete|erase|wipe|remove|destroy|clear|get rid of|purge)(?: \w+){0,3} (?:my|me)(?: own| personal| user)? ?(?:data|account|profile|information|info|history|everything|records?)?(?= |$)(?! (?:likes?|last|suggestion|§))|"
    r"\bdelete everything you (?:know|have)|\bclose my account\b|\bright to be forgotten\b"
)
BARE_WISH = patterns.compile(
    r"^(?:no |not |a |an |some |more |any |hi |hey |hello |please |, )*(?:[a-z0-9'-]+ ){1,4}§noun(?: please| tonight| though| then| thanks| now| for me| pls)*(?: (?:for|on|to watch) [^,;]*)?$"
)
OPINION_ASKED = patterns.compile(
    r"(?:and |so |but |ok |hi |hey |, )*(?:(?:have|has|did|do|does) you(?: guys)? (?:ever |also |really )?(?:seen|see|watched|"
    r"like|liked|love|enjoy|heard of|think)|(?:ever )?seen|what do you think)\b"
)
TOO = patterns.compile(r"\b(?:is|are|was|were|all|bit|way|^) ?too \w+|^too \w+")
WHAT_ABOUT = patterns.compile(r"(?:so |and |but |ok |, )*(?:what|how) about §\d+")
SHOW_ANYTHING = patterns.compile(
    r"\b(?:just (?:show|give|recommend|suggest|tell|pick)|surprise me|you (?:choose|decide|pick)|"
    r"recommend anything|show me anything|give me anything|random)\b"
)
DECLINED = patterns.compile(
    r"\bno thanks?\b|\bno thank you\b|\bnone of (?:those|these|them)\b|^not interested\b"
)
LATER = patterns.compile(r"\b(?:another|other) (?:day|time|night)\b")
THANKS_FOR_IDEAS = patterns.compile(
    r"\b(?:thanks?|thank you|appreciate)\b.*\b(?:suggestions?|recommendations?|ideas|recommending)\b"
)
PRAISE_OF_IDEAS = patterns.compile(
    r"\b(?:great|good|nice) (?:suggestions?|recommendations?|ideas)\b"
)
NEVER_SHOW = patterns.compile(r"(?:do not|please do not|never) (?:show|recommend)")
LIKES_ANYTHING = patterns.compile(
    r"(?:i )?(?:really )?(?:like|love|enjoy|hate|prefer) (?:anything|something|everything)"
)
