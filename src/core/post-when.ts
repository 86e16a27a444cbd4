/** When a schedule's audits are posted. `new`: when the findings differ from those before. `never`: only recorded. */
export type PostWhen = 'new' | 'always' | 'never';
