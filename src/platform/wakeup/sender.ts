/**
 * Sends a signal that has no content: at most one is on its way at a time, and all that come meanwhile become one more.
 * A failed one is dropped; the readers' poll makes up for it.
 */
export function createSender(send: () => Promise<unknown>): () => void {
  let onItsWay = false;
  let again = false;

  const start = () => {
    onItsWay = true;
    send()
      .catch(() => undefined)
      .finally(() => {
        onItsWay = false;
        if (!again) return;
        again = false;
        start();
      });
  };

  return () => {
    if (onItsWay) again = true;
    else start();
  };
}
