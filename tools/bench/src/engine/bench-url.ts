/** Where the page's server has tools/bench. */
export const benchUrl = "/tools/bench";
