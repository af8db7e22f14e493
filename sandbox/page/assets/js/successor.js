// Finding a button again after the app has changed what it stands on.

/** standing gives the blocks of a surface as they are now. */
async function standing({on, calls}) {
  if (on.home) return (await calls.home()).blocks ?? [];
  if (!on.ts) return (await calls.modal()).modal?.blocks ?? [];
  const {messages} = await calls.conversation(on.channel);
  return messages.flatMap((m) => [m, ...(m.replies ?? [])]).find((m) => m.ts === on.ts)?.blocks ?? [];
}

const elements = (block) => [block.accessory, block.element, ...(block.type === 'actions' ? block.elements : [])].filter(Boolean);
const values = (element) => (element.options ? element.options.map((o) => o.value) : [element.value]);
const asks = (element) => JSON.stringify(element.confirm ?? null);

/**
 * successor gives the one element that means the same as the one that is gone: the same action, value and
 * question before it. Where several do, none is meant for sure.
 */
export async function successor(surface, element, value) {
  const blocks = await standing(surface).catch(() => []);
  const found = blocks.flatMap((block) => elements(block).map((e) => ({block, element: e})))
    .filter(({element: e}) => e.type === element.type && e.action_id === element.action_id && values(e).includes(value) && asks(e) === asks(element));
  return found.length === 1 ? found[0] : undefined;
}
