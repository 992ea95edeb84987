/** Attributes of an element that matter here, cut to a bounded length. */
export type Attributes = ReadonlyMap<string, string>;

/** Elements without an end tag. */
export const VOID: ReadonlySet<string> = new Set(
  "area base br col embed hr img input link meta param source track wbr".split(" "),
);

/** Elements whose content is never text of the page. */
const NO_TEXT: ReadonlySet<string> = new Set(
  (
    "script style noscript template svg iframe object canvas audio video map head title select datalist button " +
    "textarea noembed noframes frameset dialog"
  ).split(" "),
);

/** Elements that start and end a line. */
export const BLOCKS: ReadonlySet<string> = new Set(
  (
    "address article aside blockquote body caption center dd details dir div dl dt fieldset figcaption figure footer form " +
    "h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol p pre search section summary table tbody tfoot thead tr ul"
  ).split(" "),
);

const BOILERPLATE_TAGS: ReadonlySet<string> = new Set("nav footer aside menu search".split(" "));

const BOILERPLATE_ROLES: ReadonlySet<string> = new Set(
  "navigation banner contentinfo complementary search dialog alertdialog alert menu menubar toolbar tablist".split(
    " ",
  ),
);

const BOILERPLATE_WORDS: ReadonlySet<string> = new Set(
  (
    "ad ads advert adverts advertisement advertising adsense adslot adsbygoogle sponsor sponsored sponsors promo promoted promotion " +
    "cookie cookies consent gdpr newsletter subscribe subscription signup login share sharing social sidebar breadcrumb breadcrumbs " +
    "menu nav navbar navigation topnav subnav footer masthead related recommended recommendations recirculation popup modal overlay " +
    "toolbar pagination pager disqus comments respond outbrain taboola skip skiplink teaser teasers trending"
  ).split(" "),
);

/** The words of a class list or an id: "site-nav cookieBanner_2" has site, nav, cookie, banner. */
const wordsOf = (names: string): readonly string[] =>
  names
    .replace(/([a-z])(?=[A-Z])/g, "$1 ")
    .toLowerCase()
    .split(/[^a-z]+/);

const HIDDEN_STYLE = /display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden/i;

/** Whether nothing of the element is to be seen. */
export const isHidden = (tag: string, attributes: Attributes): boolean =>
  NO_TEXT.has(tag) ||
  (attributes.size > 0 &&
    (attributes.has("hidden") ||
      attributes.get("aria-hidden") === "true" ||
      HIDDEN_STYLE.test(attributes.get("style") ?? "")));

/** Whether the element says that it is no content. A whole page or article that says so is not believed. */
export const saysBoilerplate = (tag: string, attributes: Attributes): boolean => {
  if (tag === "html" || tag === "body" || tag === "main" || tag === "article") return false;
  if (BOILERPLATE_TAGS.has(tag)) return true;
  if (attributes.size === 0) return false;
  if (BOILERPLATE_ROLES.has(attributes.get("role") ?? "")) return true;
  const names = `${attributes.get("class") ?? ""} ${attributes.get("id") ?? ""}`;
  return wordsOf(names).some((word) => BOILERPLATE_WORDS.has(word));
};

/** Whether the element holds what the page is about. */
export const saysMain = (tag: string, attributes: Attributes): boolean =>
  tag === "main" ||
  tag === "article" ||
  attributes.get("role") === "main" ||
  attributes.get("itemprop") === "articleBody";
