/* Whoever says no leaves nothing behind in this browser either. Without this script the cookie goes all the same. */
document.addEventListener("submit", function (event) {
  if (event.submitter && event.submitter.value === "no" && "cookieChoice" in event.target.dataset) {
    try { localStorage.removeItem("lw_vid"); localStorage.removeItem("lw_q"); } catch (error) { /* no storage */ }
  }
});
