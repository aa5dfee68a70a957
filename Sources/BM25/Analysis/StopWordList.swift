/// Function words of the ten languages most written on the web that libstemmer knows: articles, pronouns,
/// prepositions, conjunctions, auxiliary verbs.
///
/// Short on purpose. A word that carries meaning alone ("new", "state", "may" as a month) is left to BM25, which weighs
/// common words down anyway; what stands here can only ever be missed in a phrase.
public enum StopWordList {
    /// The stop words of a stemmer's language as they are written; none for the others.
    public static func words(_ language: AnalyzerOptions.Stemmer) -> [String] {
        let text: String =
            switch language {
            case .english, .porter: english
            case .german: german
            case .french: french
            case .spanish: spanish
            case .portuguese: portuguese
            case .italian: italian
            case .dutch: dutch
            case .russian: russian
            case .turkish: turkish
            case .arabic: arabic
            default: ""
            }
        return text.split(whereSeparator: \.isWhitespace).map { String($0) }
    }

    private static let english = """
        a an the this that these those and or but nor if then than so as at by for from in into of off on onto out over
        to up with without about after before between through during under until while because although though
        i me my mine we us our ours you your yours he him his she her hers it its they them their theirs
        who whom whose which what where when why how
        am is are was were be been being have has had having do does did doing will would shall should can could
        not no there here such both each either neither
        it's i'm don't doesn't didn't isn't aren't wasn't weren't won't can't couldn't wouldn't shouldn't haven't hasn't
        """

    private static let german = """
        der die das den dem des ein eine einen einem einer eines und oder aber denn sondern doch wenn als dass daß ob
        weil während bevor nachdem damit sowie sowohl weder noch
        in im ins an am ans auf aus bei beim bis durch für gegen mit nach ohne seit über um unter von vom vor zu zum zur
        zwischen
        ich mich mir du dich dir er ihn ihm sie ihr es wir uns euch ihnen man sich mein meine dein deine sein seine
        seinen seinem seiner ihre ihren ihrem ihrer unser unsere euer eure
        dieser diese dieses diesen diesem jener jene jenes welcher welche welches wer wen wem was wo wie warum wann
        bin bist ist sind seid war waren gewesen habe hast hat haben hatte hatten werde wirst wird werden wurde wurden
        kann können konnte soll sollen muss müssen darf dürfen will wollen
        nicht kein keine keinen auch nur schon so dann da hier dort
        """

    private static let french = """
        le la les un une des du de d l et ou mais donc or ni car si que qu quand lorsque comme parce puisque
        à au aux en dans par pour sans sous sur vers avec chez contre entre depuis pendant avant après
        je me moi tu te toi il elle on nous vous ils elles eux lui leur leurs se soi y
        mon ma mes ton ta tes son sa ses notre nos votre vos
        ce cet cette ces ceci cela ça celui celle ceux celles qui quoi dont où quel quelle quels quelles
        suis es est sommes êtes sont était étaient été être fut sera seront ai as a avons avez ont avait avaient eu avoir
        fait faire ne pas plus non n c j m s t
        """

    private static let spanish = """
        el la los las lo un una unos unas y e o u pero sino ni si que cuando como porque pues aunque mientras
        a al de del en con por para sin sobre entre hasta desde hacia contra ante bajo según durante
        yo me mí tú te ti él ella ello nosotros vosotros ellos ellas usted ustedes nos os se sí le les
        mi mis tu tus su sus nuestro nuestra nuestros nuestras vuestro vuestra
        este esta esto estos estas ese esa eso esos esas aquel aquella aquello aquellos aquellas
        quien quienes qué quién cuál cual cuales cuyo cuya donde dónde cuándo cómo
        soy eres es somos son era eran fue fueron ser sido está están estaba estar he has ha hemos han había haber hay
        no ya también muy
        """

    private static let portuguese = """
        o a os as um uma uns umas e ou mas nem se que quando como porque pois embora enquanto
        de do da dos das em no na nos nas num numa por pelo pela pelos pelas para com sem sobre entre até desde contra
        ante sob ao à aos às
        eu me mim tu te ti ele ela nós vós eles elas você vocês lhe lhes si
        meu minha meus minhas teu tua seu sua seus suas nosso nossa nossos nossas
        este esta isto estes estas esse essa isso esses essas aquele aquela aquilo aqueles aquelas
        quem qual quais cujo cuja onde
        sou és é somos são era eram foi foram ser sido está estão estava estar tem têm tinha ter há haver
        não já também muito
        """

    private static let italian = """
        il lo la i gli le l un uno una e ed o ma né se che quando come perché poiché mentre anche
        di a da in con su per tra fra del dello della dei degli delle al allo alla ai agli alle dal dallo dalla dai
        dagli dalle nel nello nella nei negli nelle sul sullo sulla sui sugli sulle
        io mi me tu ti te lui lei noi ci voi vi loro si sé egli ella essi esse ne
        mio mia miei mie tuo tua tuoi tue suo sua suoi sue nostro nostra nostri nostre vostro vostra
        questo questa questi queste quello quella quelli quelle ciò chi cui quale quali dove
        sono sei è siamo siete era erano fu furono essere stato stata ho hai ha abbiamo avete hanno aveva avere
        non più già
        """

    private static let dutch = """
        de het een en of maar want dus als dan dat omdat hoewel terwijl toen
        in aan op uit bij tot door voor tegen met na naar zonder sinds over om onder van tussen
        ik me mij je jij jou u hij hem zij ze haar wij we ons jullie hen hun zich men
        mijn jouw zijn onze
        deze die dit wie wat welke waar wanneer waarom hoe er
        ben bent is was waren geweest heb hebt heeft hebben had hadden word wordt worden werd werden
        kan kunnen kon zal zullen zou moet moeten mag mogen wil willen
        niet geen ook nog al te hier daar
        """

    private static let russian = """
        и а но или да если что чтобы как когда потому так хотя пока то же ли бы
        в во на по с со к ко из за у о об от до для при без над под про через между перед
        я меня мне мной мы нас нам нами ты тебя тебе вы вас вам вами он его ему им нём она её ей ею оно они их ими них
        мой моя моё мои твой наш наша наше наши ваш свой своя своё свои себя себе
        этот эта это эти этого этой этому этих тот та те того той тому тех кто кого кому чего чему который которая
        которое которые где куда
        быть был была было были есть будет будут
        не ни нет уже ещё только там тут здесь
        """

    private static let turkish = """
        bir ve veya ya da de ki ama fakat ancak ile için gibi kadar göre çünkü eğer ise hem ne
        ben beni bana benim sen seni sana senin o onu ona onun biz bizi bize bizim siz sizi size sizin onlar onları
        onlara onların kendi
        bu bunu buna bunun bunlar şu şunu şuna şunun şunlar kim kimi kime hangi nerede nasıl neden niçin
        mi mı mu mü değil var yok idi imiş olan olarak oldu olduğu
        daha çok en her hiç sonra önce üzere
        """

    private static let arabic = """
        و أو ثم لكن بل إذا إن أن لأن كي حتى كما
        في من على إلى عن مع بين عند قبل بعد تحت فوق حول منذ خلال دون
        أنا نحن أنت أنتم هو هي هم هن
        هذا هذه هؤلاء ذلك تلك أولئك الذي التي الذين ما ماذا متى أين كيف لماذا هل
        كان كانت كانوا يكون تكون ليس ليست قد لم لن لا
        به بها فيه فيها منه منها عليه عليها له لها لهم إليه إليها عنه عنها
        """
}
