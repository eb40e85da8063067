"""What the macros of LaTeX math are to a reader: tables, and nothing else."""

from __future__ import annotations

import unicodedata

from symrnn.spelling import CAPITAL_GREEK, GREEK


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


def _macros(names: str) -> frozenset[str]:
    return frozenset(f"\\{name}" for name in names.split())


# -- what is not seen: dropped, with so many arguments in braces
SPACES = _macros(", ; : ! > / space enspace enskip thinspace medspace thickspace nobreakspace quad qquad") | {
    "\\ ",
    "\\\n",
    "\\\t",
}
QUADS = _macros("quad qquad enspace hfill hspace hskip")  # wide enough to stand between two equations
DROPPED = dict.fromkeys(SPACES, 0) | {
    f"\\{name}": count
    for count, names in (
        (
            0,
            "displaystyle textstyle scriptstyle scriptscriptstyle tiny scriptsize footnotesize small normalsize",
        ),
        (
            0,
            "large Large LARGE huge Huge nonumber notag limits nolimits hline hfill hskip allowbreak break par",
        ),
        (
            0,
            "nobreak noindent centering strut mathstrut null relax protect boxed fbox framebox mathop mathbin",
        ),
        (
            0,
            "mathrel mathord mathopen mathclose mathpunct mathinner ensuremath smash mathclap mathrlap mathllap",
        ),
        (0, "cancel bcancel xcancel bbox boldmath unboldmath qedhere toprule midrule bottomrule middle"),
        (
            1,
            "hspace vspace phantom hphantom vphantom color textcolor require cline ref eqref cite citep citet",
        ),
        (
            1,
            "index hspace* vspace* mkern mskip footnote footnotemark setlength qedsymbol class cssId colorbox",
        ),
        (2, "rule raisebox style"),
    )
    for name in names.split()
}
TAGS = _macros("tag tag* label")
ROW_BREAKS = _macros("\\ cr newline tabularnewline")
ROW_TEXTS = _macros("intertext shortintertext")

# -- names
TEXTS = _macros(
    "text textrm textnormal textup textit textsf texttt mbox hbox textmd operatorname operatorname*"
)
ACCENTS = _macros(
    "hat widehat tilde widetilde bar overline dot ddot dddot vec check widecheck breve acute grave mathring "
    "underline underbar overrightarrow overleftarrow overleftrightarrow underrightarrow underleftarrow "
    "mathbf mathrm mathcal mathbb mathsf mathit mathfrak mathscr mathtt mathnormal mathds mathbbm "
    "boldsymbol bm pmb bold symbf symbfit symup textbf emph rm bf it cal sf tt sc em bfseries itshape"
)
ABOVE = {r"\sim": "tilde", "~": "tilde", r"\wedge": "hat", "-": "bar", r"\frown": "hat"}  # set over a name
DECLARATIONS = _words("rm bf it cal sf tt sc em bfseries itshape")  # without braces of their own
FUNCTIONS = _macros(
    "tanh sinh cosh coth exp log ln lg sin cos tan arcsin arccos arctan max min arg det dim ker sup inf lim "
    "limsup liminf Pr deg gcd hom argmax argmin softmax sigmoid relu ReLU diag tr Tr trace sgn sign"
)
FUNCTION_WORDS = _words(
    "tanh sinh cosh exp log ln sin cos tan max min argmax argmin softmax sigmoid sigm logistic softplus relu "
    "ReLU Relu diag Diag tr Tr trace vec concat sign sgn Sigmoid Softmax Tanh"
)
SYMBOLS = (
    _macros(" ".join((*GREEK, *CAPITAL_GREEK)))
    | _macros(
        "varepsilon vartheta varpi varrho varsigma varphi varGamma varDelta varTheta varLambda varXi varPi"
    )
    | _macros(
        "varSigma varUpsilon varPhi varPsi varOmega omicron digamma varkappa Alpha Beta Epsilon Zeta Eta"
    )
    | _macros(
        "Iota Kappa Mu Nu Omicron Rho Tau Chi ell hbar imath jmath Re Im wp aleph infty emptyset top bot"
    )
    | _macros(
        "varnothing intercal dagger ddagger prime star bullet degree angle triangle square Box clubsuit forall"
    )
    | _macros("exists nexists checkmark flat sharp natural eth mho complement dag ddag S P copyright")
)
GREEK_MACROS = {
    unicodedata.lookup(f"GREEK SMALL LETTER {g.upper().replace('LAMBDA', 'LAMDA')}"): f"\\{g}" for g in GREEK
}

# -- operators, from the loosest to the tightest
PHRASE, SEMICOLON, COMMA, GIVEN, LOGIC, RELATION, COLON, ADD, TIMES, NEXT = range(1, 11)
RELATIONS = _macros(
    "equiv coloneqq coloneq eqqcolon triangleq doteq approx approxeq simeq sim cong neq ne le leq leqslant leqq "
    "ge geq geqslant geqq lt gt ll gg in notin ni subset subseteq supset supseteq propto to rightarrow "
    "longrightarrow Rightarrow Longrightarrow implies impliedby iff Leftrightarrow Longleftrightarrow leftarrow "
    "longleftarrow gets mapsto leftrightarrow longmapsto xrightarrow xleftarrow perp parallel models vdash "
    "therefore because lesssim gtrsim asymp prec succ Leftarrow hookrightarrow rightsquigarrow uparrow downarrow "
    "rightharpoonup colon"
) | {"=", "<", ">", ":=", "=:", "==", "+=", "-=", "*=", "/=", "<=", ">=", "!=", "<-", "->", "=>", "<->", "~="}
ORDER = RELATIONS & (_macros("le leq ge geq lt gt ne neq") | {"<", ">", "<=", ">="})  # may begin a script
BETWEEN = _macros("implies Rightarrow Longrightarrow iff Leftrightarrow Longleftrightarrow therefore because")
ADDITIVE = _macros("pm mp oplus ominus cup cap sqcup setminus uplus") | {"+", "-"}
MULTIPLICATIVE = _macros(
    "cdot times odot circ ast star otimes bullet div cdotp bigcirc oslash diamond boxtimes boxdot amalg ltimes "
    "rtimes bmod"
) | {"*", "/", "."}
LEVELS = {
    ";": SEMICOLON,
    ",": COMMA,
    r"\mid": GIVEN,
    ":": COLON,
    **dict.fromkeys(_macros("land lor wedge vee"), LOGIC),
    **dict.fromkeys(RELATIONS, RELATION),
    **dict.fromkeys(ADDITIVE, ADD),
    **dict.fromkeys(MULTIPLICATIVE, TIMES),
}
BIG = _macros(
    "sum prod int iint oint coprod bigodot bigoplus bigotimes bigcup bigcap bigvee bigwedge idotsint"
)
DIFFERENTIALS = _macros("partial nabla")
DOTS = _macros("cdots ldots dots dotsc dotsb dotsm dotsi vdots ddots hdots") | {"...", "…"}
FRACTIONS = _macros("frac dfrac tfrac cfrac sfrac nicefrac flatfrac")
ROOTS = _macros("sqrt")
NOTES = _macros("underbrace overbrace underbracket overbracket underparen overparen")
STACKED = _macros("underset overset stackrel stackbin")
OVER = _macros("over atop choose above")

# -- brackets
OPENING = {"(": "(", "[": "[", r"\{": r"\{", r"\lbrace": r"\{", r"\langle": r"\langle", r"\lbrack": "["} | {
    r"\lvert": "|", r"\lVert": r"\|", r"\lceil": r"\lceil", r"\lfloor": r"\lfloor", "⟨": r"\langle",
    r"\lparen": "(", r"\llbracket": "[", r"\lbrace ": r"\{",
}  # fmt: skip
CLOSING = {")": ")", "]": "]", r"\}": r"\}", r"\rbrace": r"\}", r"\rangle": r"\rangle", r"\rbrack": "]"} | {
    r"\rvert": "|", r"\rVert": r"\|", r"\rceil": r"\rceil", r"\rfloor": r"\rfloor", "⟩": r"\rangle",
    r"\rparen": ")", r"\rrbracket": "]",
}  # fmt: skip
PARTNERS = {"(": ")", "[": "]", r"\{": r"\}", r"\langle": r"\rangle", "|": "|", r"\|": r"\|"} | {
    r"\lceil": r"\rceil", r"\lfloor": r"\rfloor", "{": "}", ".": ".", "<": ">",
}  # fmt: skip
BARS = {"|": "|", r"\vert": "|", r"\|": r"\|", r"\Vert": r"\|", "∣": "|", "‖": r"\|"}
SIZES = _macros(
    " ".join(f"{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m"))
)

# -- environments
ALIGNED = _words(
    "align align* aligned alignat alignat* alignedat eqnarray eqnarray* gather gather* gathered split multline "
    "multline* multlined flalign flalign* equation equation* displaymath math dmath dmath* subequations "
    "IEEEeqnarray IEEEeqnarray* IEEEeqnarraybox center"
)
TABLES = _words(
    "matrix pmatrix bmatrix Bmatrix vmatrix Vmatrix smallmatrix psmallmatrix bsmallmatrix array tabular cases "
    "dcases rcases matrix* pmatrix* bmatrix*"
)
WITH_COLUMNS = frozenset(
    [
        "array",
        "tabular",
        "alignat",
        "alignat*",
        "alignedat",
        "IEEEeqnarray",
        "IEEEeqnarray*",
        "IEEEeqnarraybox",
    ]
)

# -- words of prose inside \text
CONDITIONS = _words("if for when while unless whenever otherwise else iff s.t. such provided")
PROSE = CONDITIONS | _words(
    "and or where with then so since because in of from by the all each every that thus hence therefore "
    "let as at is are we have to on but also note by using via any some be"
)
UNICODE = GREEK_MACROS | {
    "×": r"\times", "·": r"\cdot", "⋅": r"\cdot", "∙": r"\cdot", "−": "-", "–": "-", "∗": "*", "∘": r"\circ",
    "⊙": r"\odot", "⊗": r"\otimes", "⊕": r"\oplus", "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum",
    "Σ": r"\Sigma", "∏": r"\prod", "≤": r"\le", "≥": r"\ge", "≠": r"\ne", "≈": r"\approx", "≡": r"\equiv",
    "∈": r"\in", "→": r"\to", "⇒": r"\Rightarrow", "∞": r"\infty", "…": "...", "⋯": r"\cdots", "⊤": r"\top",
    "ᵀ": r"\top", "′": "'", "’": "'", "，": ",", "；": ";", "：": ":", "。": ".", "、": ",", "（": "(",
    "）": ")", "Γ": r"\Gamma", "Δ": r"\Delta", "Θ": r"\Theta", "Φ": r"\Phi", "Ψ": r"\Psi", "Ω": r"\Omega",
    "Λ": r"\Lambda", "Π": r"\Pi", "ℓ": r"\ell", "ϵ": r"\epsilon", "＝": "=", "＋": "+", "±": r"\pm",
}  # fmt: skip
