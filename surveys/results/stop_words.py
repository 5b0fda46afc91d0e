"""Words that say nothing of what a comment is about, in the languages of the surveys.

One set for all of them: nobody says which language a comment is in. A word that is
empty in one language and full in another ("die" of German and English) is left out of the
counts; words of one or two letters never count.
"""

from __future__ import annotations

from promoter.lib.letters import small

_BY_LANGUAGE = {
    "en": """
        the and for are but not you your yours all any can had has have her hers him his
        how its may our ours out she too use was were who why will with this that these
        those they them their there then than from into onto about after again also
        because been before being both could did does doing done down each even ever every
        few get gets getting got here itself just let like made make many more most much
        must myself now off once one only other over own same should since some still such
        take under until upon very want way well went what when where which while whom
        would yet it's don't i'm i've isn't wasn't can't didn't doesn't you're that's
        there's won't couldn't really always never thing things lot bit
    """,
    "de": """
        der die das den dem des ein eine einer eines einem einen und oder aber auch als
        auf aus bei bin bis bist dann dass daß da dir dich doch dort durch euch euer für
        gegen gibt habe haben hat hatte hatten hier ich ihm ihn ihnen ihr ihre ihren immer
        ins ist jede jeder kann kein keine können könnte man mehr mein meine mich mir mit
        muss nach nicht nichts noch nun nur ohne schon sehr sein seine seit sich sie sind
        soll sondern über uns unser unter viel vom von vor war waren was weil wenn werden
        wie wieder wir wird wurde zum zur zwar etwas alles alle ganz leider einfach wäre
        hätte ihrem
    """,
    "fr": """
        les des une aux avec ans pas plus pour par que qui quoi sur sous dans dont elle
        elles ils nous vous est sont était étaient être avoir ont avait ai mais mes mon
        nos notre votre vos leur leurs lui son ses tout tous toute toutes très trop peu
        bien comme donc car cette ces cet cela ceci ici même sans chez entre fait faire
        encore aussi déjà jamais toujours rien suis c'est n'est j'ai qu'il d'un d'une peut
        quand moi
    """,
    "es": """
        los las del una uno unos unas con por para que qué como cómo pero más muy son era
        fue ser estar está están este esta esto estos estas ese esa eso hay han has haber
        había nos nosotros usted ustedes ellos ellas les sus mis tus todo todos toda todas
        sin sobre también cuando donde porque siempre nunca nada algo desde hasta entre
        solo sólo tiene tengo puede hace hacer aunque así poco mucho
    """,
    "it": """
        gli del della delle dei degli dal dalla dai dalle nel nella nei nelle sul sulla
        sui con per che chi cosa come più non una uno sono era erano essere avere hanno
        aveva abbiamo questo questa questi queste quello quella quelli anche ancora molto
        tutto tutti tutta tutte loro noi voi mio mia miei suo sua suoi nostro vostro
        quando dove perché sempre mai solo già poi senza tra fra fatto stato stata può
    """,
    "pt": """
        dos das uma umas uns com por para pelo pela pelos pelas que não mais muito muita
        como mas são foi era ser estar está estão tem têm ter tinha seu sua seus suas meu
        minha nos nós vocês você eles elas ele ela isso isto este esta esse essa aquele
        todo toda todos todas quando onde porque também sempre nunca sem sobre até entre
        desde apenas ainda pode fazer foram
    """,
    "nl": """
        het een van voor met niet dat die dit deze zijn was waren ben bent hebben heb
        heeft had ook maar aan bij door naar nog nu om onder over uit veel wel wat wie
        waar wanneer hoe als dan dus daar hier geen meer mijn mij ons onze jullie hun haar
        hem zij wij worden wordt werd kan kunnen moet zou zal altijd alles alleen zonder
        heel erg goed toch iets niets
    """,
    "pl": """
        się nie jest był była było były być dla jak jako ale czy już jeszcze tak tam też
        tylko oraz przez przy pod nad bez ten tego tej tym tych która które który mnie
        moje mój moja nas nasz was pan pani ich jego jej bardzo wszystko wszystkie zawsze
        nigdy kiedy gdy gdzie żeby aby bo może można jestem mam mamy
    """,
    "cs": """
        jsem jsme jste jsou byl byla bylo byli být není ale ani ano nebo jako jak když kde
        kdy pro před při pod nad bez tak také tam ten tato toto této tím tomu který která
        které jeho její jejich můj moje nás vás vám nám mně velmi vše všechno vždy nikdy
        jen jenom ještě již bych protože aby
    """,
    "da": """
        det den der som til med for ikke jeg han hun vil var har havde være blev bliver
        kan skal men også fra ved om over under efter når hvor hvad hvis hvem meget mere
        min mit mine din dit jer jeres vores dem deres sig alle alt altid aldrig noget
        ingen kun bare helt godt
    """,
    "nb": """
        det den der som til med for ikke jeg han hun vil var har hadde være ble blir kan
        skal men også fra ved over under etter når hvor hva hvis hvem mye mer min mitt
        mine din ditt dere deres våre oss dem seg alle alt alltid aldri noe ingen bare
        veldig helt eller
    """,
    "sv": """
        det den som till med för inte jag han hon vill var har hade vara blev blir kan ska
        men också från vid över under efter när hur vad vem mycket mer min mitt mina din
        ditt ert era våra oss dem deras sig alla allt alltid aldrig något ingen bara
        väldigt helt eller att och ett
    """,
    "fi": """
        että joka jotka mutta myös niin kun kuin jos hän minä sinä olen olet olemme olette
        ovat oli olivat ollut olla ole ei en eivät tämä tämän nämä tuo nuo siitä sen sitä
        siellä tässä täällä minun sinun meidän teidän heidän kaikki aina vain vielä sekä
        hyvin paljon mikä mitä missä koska
    """,
    "tr": """
        bir ve ile için ama çok daha gibi kadar ben sen biz siz onlar bunu buna bunun şunu
        olan olarak oldu olduğu olsa olmak değil var yok her hiç hem ise veya ya de da mi
        mı ne neden nasıl niye sonra önce diye bana sana bize size beni seni bizi sizi
        benim sizin bizim şey şeyler tüm en
    """,
    "ar": """
        على إلى الى عن مع هذا هذه ذلك تلك التي الذي الذين كان كانت يكون لكن لكم لنا له لها
        لهم أنا انا أنت انت نحن هم هي هو كل بعض غير عند عندما بعد قبل حتى جدا فقط أيضا
        ايضا لأن لان إذا اذا كما ليس لم لن قد ثم أن إن بين منذ ما لا من في
    """,
    "he": """
        אני אתה אתם אנחנו הוא היא הם הן זה זאת זו אלה של את על עם אל לא כן כי אם או גם רק
        אבל היה היתה הייתה היו יש אין מה מי איך למה מאוד כל כמו לי לך לו לה לנו לכם להם
        אחרי לפני עד בין יותר פחות שלי שלך שלכם שלנו
    """,
    "ko": """
        그리고 그러나 하지만 그래서 너무 정말 매우 조금 많이 더 잘 안 못 있는 있습니다
        없는 없습니다 합니다 입니다 했습니다 하는 하고 해서 것이 것은 것을 것 수 저는 제가
        저희 우리 이것 그것
    """,
    "ja": """
        です ます まし した して ませ せん から ので たい ない なか かっ った ってい いる
        ある こと もの ため よう でし でき きる きま この その あの それ これ とて ても
        もう うご ござ ざい いま とう りが ありが だと と思 思い いて てい いた たで すが
        とが のが
    """,
    "zh": """
        我们 你们 他们 我們 你們 他們 这个 那个 這個 那個 一个 一個 没有 沒有 非常 可以
        不是 就是 还是 還是 因为 因為 所以 但是 如果 什么 什麼 已经 已經 自己 的人 了一
        很好 是我
    """,
}

STOP_WORDS = frozenset(
    word for words in _BY_LANGUAGE.values() for word in small(words).split()
)
