/** How a customer reaches a member: the mobile number, else the mail address, else just the name. */
export function contactOf(member: {
  readonly name: string;
  readonly mobile: string | null;
  readonly email: string | null;
}): string {
  return member.mobile ?? member.email ?? member.name;
}
