"""Sentences, songs, stories and rows of keys that everybody knows: no secrets, however long they are.

Compiled by us: well-known quotations, and the kinds of passwords that lists of leaks (RockYou, SecLists) made famous;
`correcthorsebatterystaple` is of xkcd 936. In lower case, without spaces and marks; only what looks strong otherwise.
"""

_WORDS = """
    correcthorsebatterystaple thisismypassword thisisapassword thisisthepassword mypasswordissecret
    whatismypassword whatsmypassword whatsthepassword iforgetmypassword ihatepasswords thisisasecret
    thisisasecurepassword thisisaverylongpassword averylongpassword supersecretpassword verysecurepassword
    youwillneverguess youllneverguess enteryourpassword youcanthackme cantguessthis

    iloveyousomuch ilovemyhusband ilovemyboyfriend ilovemygirlfriend imissyousomuch foreverandever
    foreverandalways loveofmylife alwaysandforever bestfriendsforever happybirthdaytoyou jesusismylord
    jesuschristislord godislovegodislife praisethelord thelordismyshepherd inthebeginningwastheword
    inthebeginninggodcreated ourfatherwhoartinheaven ourfatherinheaven lettherebelight hailmaryfullofgrace
    bismillahirrahmanirrahim

    supercalifragilisticexpialidocious antidisestablishmentarianism
    pneumonoultramicroscopicsilicovolcanoconiosis hippopotomonstrosesquippedaliophobia
    donaudampfschifffahrtsgesellschaft llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch
    thequickbrownfoxjumpsoverthelazydog thequickbrownfoxjumpedoverthelazydog thequickbrownfox
    packmyboxwithfivedozenliquorjugs loremipsumdolorsitamet qwertyuiopasdfghjklzxcvbnm 1q2w3e4r5t6y7u8i9o
    1qaz2wsx3edc4rfv5tgb6yhn qazwsxedcrfvtgbyhnujm a1b2c3d4e5f6g7h8 onetwothreefourfive thedayaftertomorrow
    mondaytuesdaywednesday januaryfebruarymarch redorangeyellowgreenblue northsoutheastwest
    shesellsseashellsbytheseashore peterpiperpickedapeckofpickledpeppers

    maytheforcebewithyou lukeiamyourfather iamyourfather theforceawakens theempirestrikesback returnofthejedi
    alongtimeagoinagalaxyfarfaraway alongtimeago inagalaxyfarfaraway livelongandprosper beammeupscotty
    resistanceisfutile tobeornottobe tobeornottobethatisthequestion thatisthequestion winteriscoming
    valarmorghulis youknownothingjonsnow thenightisdarkandfullofterrors motherofdragons gameofthrones
    lordoftherings thelordoftherings oneringtorulethemall youshallnotpass notallwhowanderarelost
    speakfriendandenter expectopatronum wingardiumleviosa isolemnlyswearthatiamuptonogood chamberofsecrets
    avadakedavra albusdumbledore whatisthematrix followthewhiterabbit thereisnospoon redpillbluepill
    hastalavistababy houstonwehaveaproblem failureisnotanoption mynameisbondjamesbond shakennotstirred
    hereslookingatyoukid playitagainsam franklymydearidontgiveadamn imgonnamakehimanofferhecantrefuse
    imgoingtomakehimanofferhecantrefuse lifeislikeaboxofchocolates runforrestrun youcanthandlethetruth
    showmethemoney toinfinityandbeyond hakunamatata withgreatpowercomesgreatresponsibility avengersassemble
    wakandaforever truthjusticeandtheamericanway thetruthisoutthere iwanttobelieve itsalivesitsalive
    theresnoplacelikehome somewhereovertherainbow followtheyellowbrickroad imnotinkansasanymore
    openthepodbaydoorshal allyourbasearebelongtous doabarrelroll itsdangeroustogoalone praisethesun
    wouldyoukindly warneverchanges upupdowndownleftrightleftrightba elvishasleftthebuilding thanksforallthefish
    solongandthanksforallthefish theanswertolifetheuniverseandeverything theanswerisfortytwo
    bigbrotheriswatchingyou doyoufeelluckypunk elementarymydearwatson

    nevergonnagiveyouup nevergonnaletyoudown iwanttobreakfree wearethechampions anotheronebitesthedust
    bohemianrhapsody isthisthereallife wewillrockyou dontstopmenow dontstopbelievin dontstopbelieving
    iamthewalrus strawberryfieldsforever allyouneedislove lucyintheskywithdiamonds herecomesthesun
    imagineallthepeople stairwaytoheaven highwaytohell smellsliketeenspirit welcometothejungle sweetchildofmine
    nothingelsematters masterofpuppets anotherbrickinthewall wishyouwerehere darksideofthemoon likearollingstone
    knockinonheavensdoor blowininthewind sweethomealabama girlsjustwannahavefun iwannadancewithsomebody
    iwillalwaysloveyou myheartwillgoon babyonemoretime dontworrybehappy whatawonderfulworld
    twinkletwinklelittlestar maryhadalittlelamb rowrowrowyourboat happilyeverafter onceuponatime
    onceuponatimeinaland humptydumpty humptydumptysatonawall itsybitsyspider threeblindmice
    londonbridgeisfallingdown oldmacdonaldhadafarm ringaroundtherosie headshouldersknees
    rosesareredvioletsareblue violetsareblue shallicomparetheetoasummersday myluveslikearedredrose
    twasthenightbeforechristmas theroadnottaken tworoadsdivergedinayellowwood donotgogentleintothatgoodnight
    quoththeravennevermore onceuponamidnightdreary iwanderedlonelyasacloud tygertygerburningbright

    icandoallthings cogitoergosum ithinkthereforeiam venividivici lifeisbeautiful liveandletdie
    keepcalmandcarryon dreamscometrue followyourdreams neversaynever knowledgeispower thesunalsorises
    americathebeautiful landofthefree homeofthebrave starspangledbanner wethepeopleoftheunitedstates
    fourscoreandsevenyearsago godsavethequeen godsavetheking unitedstatesofamerica onesmallstepforman
    youllneverwalkalone gloryglorymanunited liverpoolfootballclub chelseafootballclub arsenalfootballclub
    tottenhamhotspur bayernmunchen borussiadortmund celticfootballclub newenglandpatriots spongebobsquarepants
    teenagemutantninjaturtles winniethepooh leagueoflegends worldofwarcraft grandtheftauto assassinscreed
    anappleadaykeepsthedoctoraway
"""
PHRASES = frozenset(_WORDS.split())
