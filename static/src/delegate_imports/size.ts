/** Whether a file of `bytes` may be sent; without a readable limit every file may, the server decides. */
export function fits(bytes: number, limit: string | undefined): boolean {
  const most = Number(limit);
  return !(most > 0) || bytes <= most;
}
