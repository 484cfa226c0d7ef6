// Reads cases from standard input, one JSON object a line; writes what iam-simulate says of the resource policy.
import { createInterface } from 'node:readline'
import { anonymousPrincipal, runSimulation } from '@cloud-copilot/iam-simulate'

for await (const line of createInterface({ input: process.stdin })) {
  const { policy, principal, action, resource, account, context } = JSON.parse(line)
  let answer
  try {
    const found = await runSimulation(
      {
        request: {
          principal: principal === 'anonymous' ? anonymousPrincipal : principal,
          action,
          resource: { resource, accountId: account },
          contextVariables: context,
        },
        identityPolicies: [],
        serviceControlPolicies: [],
        resourceControlPolicies: [],
        resourcePolicy: policy,
      },
      { simulationMode: 'Strict' },
    )
    answer =
      found.resultType === 'single'
        ? {
            result: found.result.analysis.resourceAnalysis?.result ?? 'NotApplicable',
            ignored: found.result.ignoredContextKeys ?? [],
          }
        : { error: JSON.stringify(found.errors ?? found.resultType) }
  } catch (error) {
    answer = { error: String(error) }
  }
  console.log(JSON.stringify(answer))
}
